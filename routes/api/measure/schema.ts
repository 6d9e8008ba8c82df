import { Type } from '@sinclair/typebox'
import { ListOf } from '../../../src/list-schemas.ts'
import { AnyInstant, Double, Id, Instant, Nullable, Strict, Text } from '../../../src/schemas.ts'
import { Category } from '../category/schema.ts'

const example = { marker: null, value: 72.5, timestamp: '2024-02-29T09:41:00Z', appointment_id: 1 }

export const Measure = Type.Object(
  { id: Id, marker: Nullable(Text(200)), value: Double, timestamp: Instant, appointment_id: Id, category: Category },
  { title: 'Measure', examples: [{ id: 1, ...example, category: { id: 1, name: 'Heart rate' } }] }
)

export const MeasureBody = Strict(
  {
    marker: Type.Optional(Nullable(Text(200))),
    value: Double,
    timestamp: AnyInstant,
    appointment_id: Id,
    category_id: Id
  },
  { title: 'MeasureBody', examples: [{ ...example, category_id: 1 }] }
)

export const MeasureList = ListOf({ measures: Measure }, 'MeasureList')
