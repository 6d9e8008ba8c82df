// The table of the samples.

import { id, table, text, version } from '../../../src/database/columns.ts'
import { sortIndex } from '../../../src/database/sort-indexes.ts'
import { searchable } from '../../../src/search/searchable.ts'

export const sample = table(
  'sample',
  {
    id: id(),
    version: version(),
    name: text().notNull()
  },
  (columns) => [sortIndex('sample_name', columns.name, columns.id)]
)

export const sampleSearch = searchable(sample, sample.name)
