-- Rows of the access log are added, and never changed or removed.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'rows of % cannot be changed or removed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER "access_log_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "access_log"
	FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
--> statement-breakpoint
CREATE TRIGGER "access_log_subject_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "access_log_subject"
	FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
