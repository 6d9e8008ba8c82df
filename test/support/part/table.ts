// The table of the parts.

import {
  date,
  flag,
  id,
  index,
  instant,
  integer,
  real,
  reference,
  table,
  text,
  version
} from '../../../src/database/columns.ts'
import { sortIndex } from '../../../src/database/sort-indexes.ts'
import { searchable } from '../../../src/search/searchable.ts'
import { sample } from '../sample/table.ts'

export const part = table(
  'part',
  {
    id: id(),
    version: version(),
    sample_id: reference(() => sample.id).notNull(),
    label: text().notNull(),
    note: text(),
    made_on: date(),
    seen_at: instant().notNull(),
    amount: real().notNull(),
    count: integer(),
    done: flag().notNull()
  },
  (columns) => [
    index('part_sample_id').on(columns.sample_id),
    sortIndex('part_label', columns.label, columns.id),
    sortIndex('part_made_on', columns.made_on, columns.id),
    sortIndex('part_seen_at', columns.seen_at, columns.id),
    sortIndex('part_amount', columns.amount, columns.id),
    sortIndex('part_count', columns.count, columns.id)
  ]
)

export const partSearch = searchable(part, part.label)
