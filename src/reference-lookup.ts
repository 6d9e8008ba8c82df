// Looks up what a reference holds in records.

import { sql, type Table } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import { createBatcher } from './batches.ts'
import type { Database } from './database/db.ts'
import { isInList, listValue } from './database/expressions.ts'
import type { RecordTable } from './nested.ts'

/** Returns a function that returns what a reference holds in the records with these ids. Requests of one turn share a query. */
export function createLookup(db: Database, reference: AnyPgColumn): (ids: number[]) => Promise<number[]> {
  const table = reference.table as RecordTable & Table
  const query = db
    .select({ id: table.id, value: reference })
    .from(table as PgTable)
    .where(isInList(table.id, sql.placeholder('ids')))
    .prepare('')
  const lookUp = createBatcher(async (ids: number[]) => {
    const rows = await query.execute({ ids: listValue(ids) })
    return new Map(rows.map(({ id, value }) => [id as number, value as number | null]))
  })
  return async (ids) => (await Promise.all([...new Set(ids)].map(lookUp))).filter((value) => typeof value === 'number')
}
