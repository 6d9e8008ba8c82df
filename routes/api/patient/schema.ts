import { Type } from '@sinclair/typebox'
import { ListOf } from '../../../src/list-schemas.ts'
import { NESTED_LIMIT, OlderNext } from '../../../src/nested.ts'
import { AnyDate, CalendarDate, Id, Nullable, Strict, Text } from '../../../src/schemas.ts'
import { Appointment } from '../appointment/schema.ts'

const example = { name: 'Ada', surname: 'Lovelace', birthday: '1815-12-10', comments: null }

export const Patient = Type.Object(
  {
    id: Id,
    name: Text(200),
    surname: Text(200),
    birthday: Nullable(CalendarDate),
    comments: Nullable(Text(10_000)),
    appointments: Type.Array(Appointment, { maxItems: NESTED_LIMIT }),
    appointments_next: OlderNext('/api/appointment/?patient_id=')
  },
  { title: 'Patient', examples: [{ id: 1, ...example, appointments: [], appointments_next: null }] }
)

export const PatientBody = Strict(
  {
    name: Text(200, 1),
    surname: Text(200, 1),
    birthday: Type.Optional(Nullable(AnyDate)),
    comments: Type.Optional(Nullable(Text(10_000)))
  },
  { title: 'PatientBody', examples: [example] }
)

export const PatientList = ListOf({ patients: Patient }, 'PatientList')
