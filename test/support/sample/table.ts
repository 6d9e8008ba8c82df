// The table of the samples.

import { id, table, text, version } from '../../../src/columns.ts'

export const sample = table('sample', {
  id: id(),
  version: version(),
  name: text().notNull()
})
