// The example: patients, their appointments, and the measures taken there.

import { date, id, index, instant, real, reference, table, text, version } from '../database/columns.ts'

export const patient = table('patient', {
  id: id(),
  version: version(),
  name: text().notNull(),
  surname: text().notNull(),
  birthday: date(),
  comments: text()
})

export const appointment = table(
  'appointment',
  {
    id: id(),
    version: version(),
    patient_id: reference(() => patient.id, 'cascade').notNull(),
    date: instant().notNull()
  },
  (columns) => [index('appointment_patient_id').on(columns.patient_id, columns.id)]
)

export const category = table('category', {
  id: id(),
  version: version(),
  name: text().notNull()
})

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
    index('measure_category_id').on(columns.category_id)
  ]
)
