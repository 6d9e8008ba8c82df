// The example: patients, their appointments, and the measures taken there.

import { date, id, index, instant, real, reference, table, text, version } from '../database/columns.ts'
import { sortIndex } from '../database/sort-indexes.ts'
import { searchable } from '../search/searchable.ts'

export const patient = table(
  'patient',
  {
    id: id(),
    version: version(),
    name: text().notNull(),
    surname: text().notNull(),
    birthday: date(),
    comments: text()
  },
  (columns) => [
    sortIndex('patient_surname', columns.surname, columns.id),
    sortIndex('patient_birthday', columns.birthday, columns.id)
  ]
)

export const patientSearch = searchable(patient, patient.name, patient.surname)

export const appointment = table(
  'appointment',
  {
    id: id(),
    version: version(),
    patient_id: reference(() => patient.id, 'cascade').notNull(),
    date: instant().notNull()
  },
  (columns) => [
    index('appointment_patient_id').on(columns.patient_id, columns.id),
    sortIndex('appointment_date', columns.date, columns.id)
  ]
)

export const category = table(
  'category',
  {
    id: id(),
    version: version(),
    name: text().notNull()
  },
  (columns) => [sortIndex('category_name', columns.name, columns.id)]
)

export const measure = table(
  'measure',
  {
    id: id(),
    version: version(),
    marker: text(),
    value: real().notNull(),
    timestamp: instant().notNull(),
    appointment_id: reference(() => appointment.id, 'cascade').notNull(),
    category_id: reference(() => category.id).notNull()
  },
  (columns) => [
    index('measure_appointment_id').on(columns.appointment_id, columns.id),
    index('measure_category_id').on(columns.category_id),
    sortIndex('measure_timestamp', columns.timestamp, columns.id)
  ]
)
