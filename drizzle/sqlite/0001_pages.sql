PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_session` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`credentials_version` integer NOT NULL,
	`created` integer NOT NULL,
	`last_used` integer NOT NULL,
	`expiry` integer NOT NULL,
	`address` text NOT NULL,
	`client` text NOT NULL,
	`data` text,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
-- Written by hand: the sessions of before, if any, lack what is now asked of them, and are not carried over.
DROP TABLE `session`;--> statement-breakpoint
ALTER TABLE `__new_session` RENAME TO `session`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `session_user_id` ON `session` (`user_id`);--> statement-breakpoint
CREATE INDEX `session_expiry` ON `session` (`expiry`);--> statement-breakpoint
ALTER TABLE `refresh_token` ADD `last_used` integer;--> statement-breakpoint
ALTER TABLE `refresh_token` ADD `address` text;--> statement-breakpoint
ALTER TABLE `refresh_token` ADD `client` text;