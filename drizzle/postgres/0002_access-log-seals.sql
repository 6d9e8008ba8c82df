CREATE TABLE "access_log_block" (
	"block" bigint PRIMARY KEY NOT NULL,
	"keys" text NOT NULL,
	"first_time" timestamp (3) with time zone NOT NULL,
	"last_time" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "access_log_hold" (
	"subject" text PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"author" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "access_log_hour" (
	"hour" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"requests" integer NOT NULL,
	CONSTRAINT "access_log_hour_hour_kind_pk" PRIMARY KEY("hour","kind")
);
--> statement-breakpoint
CREATE TABLE "access_log_seal" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "access_log_seal_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"writer" text NOT NULL,
	"sequence" integer NOT NULL,
	"kind" text NOT NULL,
	"time" timestamp (3) with time zone NOT NULL,
	"ids" text,
	"last_id" bigint,
	"digests" text,
	"detail" text,
	"removed_before" timestamp (3) with time zone,
	"previous" text,
	"code" text
);
--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "subjects" text;--> statement-breakpoint
ALTER TABLE "access_log" ADD COLUMN "more" integer;--> statement-breakpoint
DROP TRIGGER IF EXISTS "refuse_change" ON "access_log";--> statement-breakpoint
UPDATE "access_log" SET "subjects" = tied."subjects" FROM (SELECT "log_id", ' ' || string_agg("type" || ':' || "subject_id", ' ') || ' ' AS "subjects" FROM "access_log_subject" GROUP BY "log_id") AS tied WHERE tied."log_id" = "access_log"."id";--> statement-breakpoint
DROP TABLE "access_log_subject" CASCADE;--> statement-breakpoint
DROP INDEX "access_log_time";--> statement-breakpoint
DROP INDEX "access_log_username";--> statement-breakpoint
DROP INDEX "access_log_address";--> statement-breakpoint
DROP INDEX "access_log_not_successful";--> statement-breakpoint
DROP INDEX "access_log_changes_on_pages";--> statement-breakpoint
ALTER TABLE "access_log" DROP CONSTRAINT "access_log_pkey";--> statement-breakpoint
ALTER TABLE "access_log" ADD CONSTRAINT "access_log_time_id_pk" PRIMARY KEY("time","id");--> statement-breakpoint
CREATE UNIQUE INDEX "access_log_seal_chain" ON "access_log_seal" USING btree ("writer","sequence");--> statement-breakpoint
CREATE INDEX "access_log_seal_special" ON "access_log_seal" USING btree ("id") WHERE kind <> 'rows';--> statement-breakpoint
CREATE INDEX "access_log_seal_removed_before" ON "access_log_seal" USING btree ("removed_before") WHERE removed_before is not null;--> statement-breakpoint
CREATE INDEX "access_log_id" ON "access_log" USING btree ("id");