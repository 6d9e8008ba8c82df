// Records that were read are kept while the database does not change, so that they need not be read again.

import type { Database } from './database/db.ts'
import { createKeptValues } from './database/kept-values.ts'
import type { Row, TreeReader } from './record-tree.ts'
import { markShared } from './sent-records.ts'

/** How many characters of records are kept. */
const KEPT = 4_000_000
/** How many characters a number counts as. */
const NUMBER = 8

/** Returns a reader that reads only those records which are not known. On PostgreSQL it reads all of them. */
export function keepRecords(db: Database, read: TreeReader): TreeReader {
  const known = createKeptValues<number, Row>(db, { limit: KEPT, sizeOf: charactersOf })

  return async (ids) => {
    const { get, keep } = known()
    const found = new Map<number, Row>()
    const unknown: number[] = []
    for (const id of ids) {
      const record = get(id)
      if (record) found.set(id, record)
      else unknown.push(id)
    }
    if (unknown.length === 0) return found
    const records = await read(unknown)
    if (!records) return undefined
    for (const [id, record] of records) {
      found.set(id, record)
      if (keep(id, record)) markShared(record)
    }
    return found
  }
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
