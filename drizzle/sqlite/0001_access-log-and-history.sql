CREATE TABLE `access_log_subject` (
	`type` text NOT NULL,
	`subject_id` integer NOT NULL,
	`time` integer NOT NULL,
	`log_id` integer NOT NULL,
	PRIMARY KEY(`type`, `subject_id`, `time`, `log_id`)
);
--> statement-breakpoint
CREATE INDEX `access_log_subject_log_id` ON `access_log_subject` (`log_id`,`type`,`subject_id`);--> statement-breakpoint
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
ALTER TABLE `access_log` ADD `user_id` integer;--> statement-breakpoint
ALTER TABLE `access_log` ADD `roles` text;--> statement-breakpoint
ALTER TABLE `access_log` ADD `credential` text;--> statement-breakpoint
ALTER TABLE `access_log` ADD `tried_username` text;--> statement-breakpoint
ALTER TABLE `access_log` ADD `route` text;--> statement-breakpoint
ALTER TABLE `access_log` ADD `action` text;--> statement-breakpoint
ALTER TABLE `access_log` ADD `outcome` text;--> statement-breakpoint
ALTER TABLE `access_log` ADD `instance` text;--> statement-breakpoint
CREATE INDEX `access_log_time` ON `access_log` (`time`,`id`);--> statement-breakpoint
CREATE INDEX `access_log_username` ON `access_log` (`username`,`time`,`id`);--> statement-breakpoint
CREATE INDEX `access_log_address` ON `access_log` (`address`,`time`,`id`);--> statement-breakpoint
CREATE INDEX `access_log_not_successful` ON `access_log` (`time`,`id`) WHERE outcome <> 'success';--> statement-breakpoint
CREATE INDEX `access_log_changes_on_pages` ON `access_log` (`time`,`id`) WHERE substr(credential, 1, 7) = 'session' and action <> 'read';