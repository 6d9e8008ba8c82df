CREATE TABLE `search_change` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`record_table` text NOT NULL,
	`record_id` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `search_change_record_table` ON `search_change` (`record_table`,`id`);--> statement-breakpoint
CREATE TABLE `search_word` (
	`record_table` text NOT NULL,
	`word` text NOT NULL,
	`record_id` integer NOT NULL,
	PRIMARY KEY(`record_table`, `word`, `record_id`)
);
--> statement-breakpoint
CREATE INDEX `search_word_record` ON `search_word` (`record_table`,`record_id`,`word`);