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
CREATE INDEX "account_event_account_id" ON "account_event" USING btree ("account_id","id");--> statement-breakpoint
CREATE TRIGGER "account_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "account_event"
	FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
