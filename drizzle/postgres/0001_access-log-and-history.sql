CREATE TABLE "access_log_subject" (
	"type" text NOT NULL,
	"subject_id" integer NOT NULL,
	"time" timestamp (3) with time zone NOT NULL,
	"log_id" bigint NOT NULL,
	CONSTRAINT "access_log_subject_type_subject_id_time_log_id_pk" PRIMARY KEY("type","subject_id","time","log_id")
);
--> statement-breakpoint
CREATE TABLE "account_event" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "account_event_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"time" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"actor_id" integer,
	"action" text NOT NULL,
	"account_id" integer,
	"account_name" text,
	"before" text,
	"after" text,
	"address" text
);
--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "user_id" integer;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "roles" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "credential" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "tried_username" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "route" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "action" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "outcome" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "instance" text;--> statement-breakpoint
CREATE INDEX "access_log_subject_log_id" ON "access_log_subject" USING btree ("log_id","type","subject_id");--> statement-breakpoint
CREATE INDEX "account_event_account_id" ON "account_event" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "access_log_time" ON "access_log" USING btree ("time","id");--> statement-breakpoint
CREATE INDEX "access_log_username" ON "access_log" USING btree ("username","time","id");--> statement-breakpoint
CREATE INDEX "access_log_address" ON "access_log" USING btree ("address","time","id");--> statement-breakpoint
CREATE INDEX "access_log_not_successful" ON "access_log" USING btree ("time","id") WHERE outcome <> 'success';--> statement-breakpoint
CREATE INDEX "access_log_changes_on_pages" ON "access_log" USING btree ("time","id") WHERE substr(credential, 1, 7) = 'session' and action <> 'read';