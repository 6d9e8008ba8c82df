// Looks for times that another program stored and that cannot be sent, so that somebody repairs them. What clients see instead
// is the nearest time that can be sent: see src/instants.ts.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { and, getTableColumns, getTableName, gte, is, lt, max, min, or, Table } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { FastifyInstance } from 'fastify'
import { type Database, schema } from '../../src/database/db.ts'
import { isUnsendable } from '../../src/database/expressions.ts'

/** How many ids are searched at once. Each search holds the event loop for a few milliseconds on SQLite. */
const SLICE = 10_000
/** How many ids of a table are named in the log. */
const NAMED = 100

/**
 * Logs the ids of records with times that cannot be sent, one line for each table. Changes nothing and returns 0. Stops early
 * once `signal` is aborted.
 */
export async function reportUnsendableTimes(
  { db, log }: Pick<FastifyInstance, 'db' | 'log'>,
  signal?: AbortSignal,
  tables: unknown[] = Object.values(schema)
): Promise<number> {
  for (const table of tables.filter((value): value is PgTable => is(value, Table))) {
    const ids = await findUnsendableTimes(db, table, signal)
    if (ids.length === 0) continue
    const details = {
      event: 'unsendable times',
      table: getTableName(table),
      found: ids.length,
      ids: ids.slice(0, NAMED)
    }
    log.error(details, 'records have times that cannot be sent; clients see the nearest times that can')
  }
  return 0
}

async function findUnsendableTimes(db: Database, table: PgTable, signal?: AbortSignal): Promise<number[]> {
  const { id, ...columns } = getTableColumns(table)
  const condition = or(...Object.values(columns).flatMap((column) => isUnsendable(column) ?? []))
  if (!condition || id?.dataType !== 'number') return []
  const [range] = await db.select({ first: min(id), last: max(id) }).from(table)
  const found: number[] = []
  for (let from = Number(range?.first); from <= Number(range?.last) && !signal?.aborted; from += SLICE) {
    const isInSlice = and(gte(id, from), lt(id, from + SLICE))
    const rows = await db.select({ id }).from(table).where(and(isInSlice, condition))
    found.push(...rows.map((row) => Number(row.id)))
    await nextTurn() // let waiting requests run
  }
  return found
}
