import { Type } from '@sinclair/typebox'
import { ListOf } from '../../../src/list-schemas.ts'
import { NESTED_LIMIT, OlderNext } from '../../../src/nested.ts'
import { AnyInstant, Id, Instant, Strict } from '../../../src/schemas.ts'
import { Measure } from '../measure/schema.ts'

const example = { patient_id: 1, date: '2024-02-29T09:30:00Z' }

export const Appointment = Type.Object(
  {
    id: Id,
    patient_id: Id,
    date: Instant,
    measures: Type.Array(Measure, { maxItems: NESTED_LIMIT }),
    measures_next: OlderNext('/api/measure/?appointment_id=')
  },
  { title: 'Appointment', examples: [{ id: 1, ...example, measures: [], measures_next: null }] }
)

export const AppointmentBody = Strict(
  { patient_id: Id, date: AnyInstant },
  { title: 'AppointmentBody', examples: [example] }
)

export const AppointmentList = ListOf({ appointments: Appointment }, 'AppointmentList')
