import { Type } from '@sinclair/typebox'
import { Id, Instant, Next, Slice, Strict } from '../../../src/schemas.ts'
import { Measure } from '../measure/schema.ts'

const example = { patient_id: 1, date: '2024-02-29T09:30:00Z' }

export const Appointment = Type.Object(
  { id: Id, patient_id: Id, date: Instant, measures: Type.Array(Measure) },
  { title: 'Appointment', examples: [{ id: 1, ...example, measures: [] }] }
)

export const AppointmentBody = Strict(
  { patient_id: Id, date: Instant },
  { title: 'AppointmentBody', examples: [example] }
)

export const AppointmentList = Type.Object(
  { appointments: Slice(Appointment), next: Next },
  { title: 'AppointmentList' }
)
