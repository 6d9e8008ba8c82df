import { Type } from '@sinclair/typebox'
import { ListOf } from '../../../src/list-schemas.ts'
import {
  AnyDate,
  AnyInstant,
  CalendarDate,
  Double,
  Flag,
  Id,
  Instant,
  Integer,
  Nullable,
  Strict,
  Text
} from '../../../src/schemas.ts'

const example = {
  sample_id: 1,
  label: 'Scale',
  note: null,
  made_on: '2023-11-30',
  seen_at: '2024-02-29T09:30:00Z',
  amount: 72.5,
  count: 3,
  done: true
}

export const Part = Type.Object(
  {
    id: Id,
    sample_id: Id,
    label: Text(200),
    note: Nullable(Text(10_000)),
    made_on: Nullable(CalendarDate),
    seen_at: Instant,
    amount: Double,
    count: Nullable(Integer),
    done: Flag
  },
  { title: 'Part', examples: [{ id: 1, ...example }] }
)

export const PartBody = Strict(
  {
    sample_id: Id,
    label: Text(200, 1),
    note: Type.Optional(Nullable(Text(10_000))),
    made_on: Type.Optional(Nullable(AnyDate)),
    seen_at: AnyInstant,
    amount: Double,
    count: Type.Optional(Nullable(Integer)),
    done: Flag
  },
  { title: 'PartBody', examples: [example] }
)

export const PartList = ListOf({ parts: Part }, 'PartList')
