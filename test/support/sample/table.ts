// The table of the samples.

import { id, table, text, version } from '../../../src/database/columns.ts'

export const sample = table('sample', {
  id: id(),
  version: version(),
  name: text().notNull()
})
