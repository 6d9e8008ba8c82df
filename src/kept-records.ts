// Records that were read are kept while the database does not change, so that they need not be read again.

import type { Database } from './database/db.ts'
import { keepValues } from './database/kept-values.ts'
import type { TreeReader } from './record-tree.ts'
import { markShared } from './sent-records.ts'

/** How many characters of records are kept. */
const KEPT = 4_000_000
/** How many characters a number counts as. */
const NUMBER = 8

/** Returns a reader that keeps the records that `read` returns; see `keepValues`. */
export function keepRecords(db: Database, read: TreeReader): TreeReader {
  return keepValues(db, read, { limit: KEPT, sizeOf: charactersOf, onKept: markShared })
}

/** Returns about how many characters a record has, with its nested records. */
function charactersOf(record: object): number {
  let characters = 0
  for (const value of Object.values(record)) {
    if (typeof value === 'string') characters += value.length
    else characters += typeof value === 'object' && value !== null ? charactersOf(value) : NUMBER
  }
  return characters
}
