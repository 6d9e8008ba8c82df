CREATE TABLE `account_event` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`time` integer NOT NULL,
	`actor` text NOT NULL,
	`actor_id` integer,
	`action` text NOT NULL,
	`account_id` integer,
	`account_name` text,
	`before` text,
	`after` text,
	`address` text
);
--> statement-breakpoint
CREATE INDEX `account_event_account_id` ON `account_event` (`account_id`,`id`);--> statement-breakpoint
CREATE TRIGGER `account_event_keeps_rows` BEFORE UPDATE ON `account_event` BEGIN SELECT RAISE(ABORT, 'events cannot be changed'); END;
--> statement-breakpoint
CREATE TRIGGER `account_event_loses_none` BEFORE DELETE ON `account_event` BEGIN SELECT RAISE(ABORT, 'events cannot be removed'); END;
