// Searches the access log, from the newest row backwards. The index tells which blocks of rows can have what is wanted. Those
// are read one after another; a search that takes long ends early and says how far it came.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { and, asc, between, desc, eq, exists, gte, inArray, isNotNull, lte, max, min, sql } from 'drizzle-orm'
import { alias, type PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../../src/database/db.ts'
import { formatInstant } from '../../src/instants.ts'
import { access_log, access_log_index, access_log_seal } from '../../src/tables/access-log.ts'
import { conditionOf, keysWanted, type LogFilter } from './filter.ts'
import { blockOf, idsOf, keys } from './keys.ts'

export type LoggedRequest = typeof access_log.$inferSelect

export interface Found {
  rows: LoggedRequest[]
  /** The id before which the next search continues. Null at the end of the log. */
  next: number | null
  /** If the search ended early: the time of the oldest row that it looked at. */
  reached?: string | undefined
}

/** So many rows are searched at once: few at first, because most searches find something soon. */
const PIECES = [200, 2_000, 5_000]
/** So many blocks are looked up at once. */
const BLOCKS = 50
/** After so many milliseconds a search ends. */
const PATIENCE = 150
/**
 * After so many milliseconds a row is in the index, and so are those with lower ids: their statements take 5 s at most (see
 * QUERY_PATIENCE in src/database/postgres.ts), and their seals come a second later.
 */
const INDEXED_AFTER = 12_000

/** Ids of rows that are read together, both included. */
interface Range {
  low: number
  high: number
}

/** Returns the id that a text names, or undefined. */
export function parsePlace(text: string): number | undefined {
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined
}

/** Returns up to `limit` rows that match the filter, the newest first, of those with an id lower than `before`. */
export async function searchLog(
  db: Database,
  filter: LogFilter,
  { before, limit }: { before?: number | null | undefined; limit: number }
): Promise<Found> {
  const condition = conditionOf(filter)
  const end = Date.now() + PATIENCE
  const rows: LoggedRequest[] = []
  for await (const { low, high } of rangesOf(db, filter, before ?? Number.MAX_SAFE_INTEGER)) {
    const found = await db
      .select()
      .from(access_log)
      .where(and(between(access_log.id, low, high), condition))
      .orderBy(desc(access_log.id))
      .limit(limit + 1 - rows.length)
    rows.push(...found)
    if (rows.length > limit) {
      rows.length = limit
      return { rows, next: rows.at(-1)?.id ?? null }
    }
    if (Date.now() >= end) return { rows, next: low, reached: await timeFrom(db, low) }
    await nextTurn() // other requests run in between
  }
  return { rows, next: null }
}

/** Yields the ranges of ids that can have rows of the filter, from `before` backwards. */
async function* rangesOf(db: Database, filter: LogFilter, before: number): AsyncGenerator<Range> {
  const wanted = keysWanted(filter)
  const { id } = access_log
  const [all] = await db.select({ low: min(id), high: max(id) }).from(access_log)
  const low = Number(all?.low ?? 0)
  const high = Math.min(Number(all?.high ?? -1), before - 1)
  if (wanted.length === 0 && !filter.from && !filter.to) return yield* pieces({ low, high })

  const indexed = Math.min(await lastIndexed(db), high)
  yield* pieces({ low: Math.max(low, indexed + 1), high })
  const hull = await blocksWithin(db, filter)
  const blocks = { low: Math.max(blockOf(low), hull.low), high: Math.min(blockOf(indexed), hull.high) }
  if (wanted.length === 0)
    return yield* pieces({ low: idsOf(blocks.low).low, high: Math.min(idsOf(blocks.high).high, indexed) })
  for (let last = blocks.high; ; ) {
    const found = await blocksOf(db, wanted, { low: blocks.low, high: last })
    for (const block of found) yield { low: idsOf(block).low, high: Math.min(idsOf(block).high, indexed) }
    if (found.length < BLOCKS) return
    last = (found.at(-1) as number) - 1
  }
}

function* pieces({ low, high }: Range): Generator<Range> {
  for (let piece = 0, last = high; last >= low; piece++) {
    const first = Math.max(low, last - (PIECES[Math.min(piece, PIECES.length - 1)] as number) + 1)
    yield { low: first, high: last }
    last = first - 1
  }
}

/** Returns the id up to which all rows are in the index. */
async function lastIndexed(db: Database): Promise<number> {
  const { id, kind, time, last_id } = access_log_seal
  const [seal] = await db
    .select({ last_id })
    .from(access_log_seal)
    .where(and(eq(kind, 'rows'), isNotNull(last_id), lte(time, formatInstant(Date.now() - INDEXED_AFTER))))
    .orderBy(desc(id))
    .limit(1)
  return seal?.last_id ?? 0
}

/** Returns the newest blocks within a range that have one key of each list. */
async function blocksOf(db: Database, [first = [], ...others]: string[][], range: Range): Promise<number[]> {
  const { key, block } = access_log_index
  const conditions = others.map((list, index) => {
    const other = alias(access_log_index as PgTable, `other_${index}`) as unknown as typeof access_log_index
    return exists(
      db
        .select({ one: sql`1` })
        .from(other)
        .where(and(inArray(other.key, list), eq(other.block, block)))
    )
  })
  const rows = await db
    .selectDistinct({ block })
    .from(access_log_index)
    .where(and(inArray(key, first), between(block, range.low, range.high), ...conditions))
    .orderBy(desc(block))
    .limit(BLOCKS)
  return rows.map((row) => row.block)
}

/** Returns the first and the last block with rows between the instants of a filter. Clocks can have been set back. */
async function blocksWithin(db: Database, { from, to }: LogFilter): Promise<Range> {
  if (from === undefined && to === undefined) return { low: 0, high: Number.MAX_SAFE_INTEGER }
  const { key, block } = access_log_index
  const [range] = await db
    .select({ low: min(block), high: max(block) })
    .from(access_log_index)
    .where(between(key, keys.hour(from ?? '0000'), keys.hour(to ?? '9999')))
  return { low: Number(range?.low ?? 0), high: Number(range?.high ?? -1) }
}

async function timeFrom(db: Database, place: number): Promise<string | undefined> {
  const { id, time } = access_log
  const [row] = await db.select({ time }).from(access_log).where(gte(id, place)).orderBy(asc(id)).limit(1)
  return row?.time
}
