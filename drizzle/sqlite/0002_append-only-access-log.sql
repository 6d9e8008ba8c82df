-- Rows of the access log are added, and never changed or removed.
CREATE TRIGGER `access_log_keeps_rows` BEFORE UPDATE ON `access_log` BEGIN SELECT RAISE(ABORT, 'rows of the access log cannot be changed'); END;
--> statement-breakpoint
CREATE TRIGGER `access_log_loses_none` BEFORE DELETE ON `access_log` BEGIN SELECT RAISE(ABORT, 'rows of the access log cannot be removed'); END;
--> statement-breakpoint
CREATE TRIGGER `access_log_subject_keeps_rows` BEFORE UPDATE ON `access_log_subject` BEGIN SELECT RAISE(ABORT, 'rows of the access log cannot be changed'); END;
--> statement-breakpoint
CREATE TRIGGER `access_log_subject_loses_none` BEFORE DELETE ON `access_log_subject` BEGIN SELECT RAISE(ABORT, 'rows of the access log cannot be removed'); END;
