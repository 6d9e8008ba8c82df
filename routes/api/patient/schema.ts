import { Type } from '@sinclair/typebox'
import { CalendarDate, Id, Next, Nullable, Strict, Text } from '../../../src/schemas.ts'
import { Appointment } from '../appointment/schema.ts'

export const Patient = Type.Object({
  id: Id,
  name: Text(200),
  surname: Text(200),
  birthday: Nullable(CalendarDate),
  comments: Nullable(Text(10_000)),
  appointments: Type.Array(Appointment)
})

export const PatientBody = Strict({
  name: Text(200, 1),
  surname: Text(200, 1),
  birthday: Type.Optional(Nullable(CalendarDate)),
  comments: Type.Optional(Nullable(Text(10_000)))
})

export const PatientList = Type.Object({ patients: Type.Array(Patient), next: Next })
