CREATE INDEX `appointment_date` ON `appointment` (`date`,`id`);--> statement-breakpoint
CREATE INDEX `category_name` ON `category` (`name`,`id`);--> statement-breakpoint
CREATE INDEX `measure_timestamp` ON `measure` (`timestamp`,`id`);--> statement-breakpoint
CREATE INDEX `patient_surname` ON `patient` (`surname`,`id`);--> statement-breakpoint
CREATE INDEX `patient_birthday` ON `patient` (`birthday`,`id`);