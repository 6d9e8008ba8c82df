import { Type } from '@sinclair/typebox'
import { Double, Id, Instant, Next, Nullable, Strict, Text } from '../../../src/schemas.ts'
import { Category } from '../category/schema.ts'

export const Measure = Type.Object({
  id: Id,
  marker: Nullable(Text(200)),
  value: Double,
  timestamp: Instant,
  appointment_id: Id,
  category: Category
})

export const MeasureBody = Strict({
  marker: Type.Optional(Nullable(Text(200))),
  value: Double,
  timestamp: Instant,
  appointment_id: Id,
  category_id: Id
})

export const MeasureList = Type.Object({ measures: Type.Array(Measure), next: Next })
