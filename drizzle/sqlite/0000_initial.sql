CREATE TABLE `access_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`time` integer NOT NULL,
	`username` text NOT NULL,
	`address` text NOT NULL,
	`method` text NOT NULL,
	`path` text NOT NULL,
	`status` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`request_id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `deleted_account` (
	`id` integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `login_failure` (
	`key` text PRIMARY KEY NOT NULL,
	`user_id` integer,
	`network` text,
	`failures` integer NOT NULL,
	`pending` integer DEFAULT 0 NOT NULL,
	`allowed` integer DEFAULT 0 NOT NULL,
	`expiry` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `login_failure_user_id` ON `login_failure` (`user_id`);--> statement-breakpoint
CREATE INDEX `login_failure_expiry` ON `login_failure` (`expiry`);--> statement-breakpoint
CREATE TABLE `refresh_token` (
	`jti` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`credentials_version` integer NOT NULL,
	`family` text NOT NULL,
	`issued` integer NOT NULL,
	`expiry` integer NOT NULL,
	`family_expiry` integer NOT NULL,
	`blocked` integer DEFAULT false NOT NULL,
	`blocked_reason` text,
	`rotations` integer DEFAULT 0 NOT NULL,
	`rotated` integer,
	`child` text,
	`last_used` integer,
	`address` text,
	`user_agent` text
);
--> statement-breakpoint
CREATE INDEX `refresh_token_family` ON `refresh_token` (`family`);--> statement-breakpoint
CREATE INDEX `refresh_token_user_id` ON `refresh_token` (`user_id`);--> statement-breakpoint
CREATE INDEX `refresh_token_unspent` ON `refresh_token` (`user_id`,`issued`,`jti`) WHERE "refresh_token"."rotated" is null;--> statement-breakpoint
CREATE INDEX `refresh_token_family_expiry` ON `refresh_token` (`family_expiry`);--> statement-breakpoint
CREATE TABLE `role` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `role_name_unique` ON `role` (`name`);--> statement-breakpoint
CREATE TABLE `session` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`credentials_version` integer NOT NULL,
	`created` integer NOT NULL,
	`last_used` integer NOT NULL,
	`expiry` integer NOT NULL,
	`address` text NOT NULL,
	`user_agent` text NOT NULL,
	`data` text,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `session_user_id` ON `session` (`user_id`);--> statement-breakpoint
CREATE INDEX `session_expiry` ON `session` (`expiry`);--> statement-breakpoint
CREATE TABLE `user` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`username` text NOT NULL,
	`password_hash` text NOT NULL,
	`credentials_version` integer DEFAULT 1 NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`demo` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`last_login` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `user_username_unique` ON `user` (`username`);--> statement-breakpoint
CREATE TABLE `user_role` (
	`user_id` integer NOT NULL,
	`role_id` integer NOT NULL,
	PRIMARY KEY(`user_id`, `role_id`),
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`role_id`) REFERENCES `role`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `user_role_role_id` ON `user_role` (`role_id`);--> statement-breakpoint
CREATE TABLE `appointment` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`patient_id` integer NOT NULL,
	`date` integer NOT NULL,
	FOREIGN KEY (`patient_id`) REFERENCES `patient`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `appointment_patient_id` ON `appointment` (`patient_id`,`id`);--> statement-breakpoint
CREATE TABLE `category` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `measure` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`marker` text,
	`value` real NOT NULL,
	`timestamp` integer NOT NULL,
	`appointment_id` integer NOT NULL,
	`category_id` integer NOT NULL,
	FOREIGN KEY (`appointment_id`) REFERENCES `appointment`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`category_id`) REFERENCES `category`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `measure_appointment_id` ON `measure` (`appointment_id`,`id`);--> statement-breakpoint
CREATE INDEX `measure_category_id` ON `measure` (`category_id`);--> statement-breakpoint
CREATE TABLE `patient` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`name` text NOT NULL,
	`surname` text NOT NULL,
	`birthday` text,
	`comments` text
);
--> statement-breakpoint
CREATE TABLE `idempotency_key` (
	`key` text PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`record` text NOT NULL,
	`expiry` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `idempotency_key_expiry` ON `idempotency_key` (`expiry`);