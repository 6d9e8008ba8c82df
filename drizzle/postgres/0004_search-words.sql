CREATE TABLE "search_change" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "search_change_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"record_table" text NOT NULL,
	"record_id" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "search_word" (
	"record_table" text NOT NULL,
	"word" text collate "C" NOT NULL,
	"record_id" integer NOT NULL,
	CONSTRAINT "search_word_record_table_word_record_id_pk" PRIMARY KEY("record_table","word","record_id")
);
--> statement-breakpoint
CREATE INDEX "search_change_record_table" ON "search_change" USING btree ("record_table","id");--> statement-breakpoint
CREATE INDEX "search_word_record" ON "search_word" USING btree ("record_table","record_id","word");