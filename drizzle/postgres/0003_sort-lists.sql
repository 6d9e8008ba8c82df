CREATE INDEX "appointment_date" ON "appointment" USING btree ("date","id");--> statement-breakpoint
CREATE INDEX "category_name" ON "category" USING btree ("name" collate "C","id");--> statement-breakpoint
CREATE INDEX "measure_timestamp" ON "measure" USING btree ("timestamp","id");--> statement-breakpoint
CREATE INDEX "patient_surname" ON "patient" USING btree ("surname" collate "C","id");--> statement-breakpoint
CREATE INDEX "patient_birthday" ON "patient" USING btree ("birthday","id");