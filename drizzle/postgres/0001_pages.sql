-- Written by hand: the sessions of before, if any, lack what is now asked of them.
DELETE FROM "session";--> statement-breakpoint
ALTER TABLE "session" ALTER COLUMN "user_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "session" ALTER COLUMN "data" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "refresh_token" ADD COLUMN "last_used" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "refresh_token" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "refresh_token" ADD COLUMN "client" text;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "credentials_version" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "created" timestamp (3) with time zone NOT NULL;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "last_used" timestamp (3) with time zone NOT NULL;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "address" text NOT NULL;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "client" text NOT NULL;