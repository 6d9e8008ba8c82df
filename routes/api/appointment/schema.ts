import { Type } from '@sinclair/typebox'
import { Id, Instant, Next, Strict } from '../../../src/schemas.ts'
import { Measure } from '../measure/schema.ts'

export const Appointment = Type.Object({
  id: Id,
  patient_id: Id,
  date: Instant,
  measures: Type.Array(Measure)
})

export const AppointmentBody = Strict({ patient_id: Id, date: Instant })

export const AppointmentList = Type.Object({ appointments: Type.Array(Appointment), next: Next })
