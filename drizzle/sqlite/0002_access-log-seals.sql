CREATE TABLE `access_log_block` (
	`block` integer PRIMARY KEY NOT NULL,
	`keys` text NOT NULL,
	`first_time` integer NOT NULL,
	`last_time` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `access_log_hold` (
	`subject` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL,
	`author` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `access_log_hour` (
	`hour` integer NOT NULL,
	`kind` text NOT NULL,
	`requests` integer NOT NULL,
	PRIMARY KEY(`hour`, `kind`)
);
--> statement-breakpoint
CREATE TABLE `access_log_seal` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`writer` text NOT NULL,
	`sequence` integer NOT NULL,
	`kind` text NOT NULL,
	`time` integer NOT NULL,
	`ids` text,
	`last_id` integer,
	`digests` text,
	`detail` text,
	`removed_before` integer,
	`previous` text,
	`code` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `access_log_seal_chain` ON `access_log_seal` (`writer`,`sequence`);--> statement-breakpoint
CREATE INDEX `access_log_seal_special` ON `access_log_seal` (`id`) WHERE kind <> 'rows';--> statement-breakpoint
CREATE INDEX `access_log_seal_removed_before` ON `access_log_seal` (`removed_before`) WHERE removed_before is not null;--> statement-breakpoint
ALTER TABLE `access_log` ADD `subjects` text;--> statement-breakpoint
ALTER TABLE `access_log` ADD `more` integer;--> statement-breakpoint
DROP TRIGGER IF EXISTS `access_log_refuse_update`;--> statement-breakpoint
DROP TRIGGER IF EXISTS `access_log_refuse_delete`;--> statement-breakpoint
UPDATE `access_log` SET `subjects` = (SELECT ' ' || group_concat(`type` || ':' || `subject_id`, ' ') || ' ' FROM `access_log_subject` WHERE `log_id` = `access_log`.`id`) WHERE `id` IN (SELECT `log_id` FROM `access_log_subject`);--> statement-breakpoint
DROP TABLE `access_log_subject`;--> statement-breakpoint
DROP INDEX `access_log_time`;--> statement-breakpoint
DROP INDEX `access_log_username`;--> statement-breakpoint
DROP INDEX `access_log_address`;--> statement-breakpoint
DROP INDEX `access_log_not_successful`;--> statement-breakpoint
DROP INDEX `access_log_changes_on_pages`;