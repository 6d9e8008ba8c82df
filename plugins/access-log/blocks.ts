// The summaries of blocks of rows. A search skips the blocks whose summary does not have what it looks for. An index of each row
// would cost a request more than everything else that its row does.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { between, min } from 'drizzle-orm'
import { engine } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { access_log, access_log_block } from '../../src/tables/access-log.ts'
import { createFilter, createLookup } from './bloom-filter.ts'
import { type KeyedRow, keysOf } from './keys.ts'

/** How many ids a block has. */
export const BLOCK = 1_000
/**
 * So many milliseconds after an id was seen, no row with a lower one can be added: on PostgreSQL a statement takes 5 s at most
 * (QUERY_PATIENCE in src/database/postgres.ts). SQLite has one writer at a time.
 */
export const SETTLED_AFTER = engine === 'postgres' ? 10_000 : 0
/** After so many milliseconds a row is settled even if this process has not seen it before. */
const OLD = 60_000
/** How many summaries are looked up at once. */
const SLICE = 500

export type Summary = typeof access_log_block.$inferSelect
type SummedRow = KeyedRow & { time: string }

/** Returns the number of the block that a row is in. */
export const blockOf = (id: number) => Math.floor(id / BLOCK)

/** Returns the lowest and the highest id of a block. */
export const idsOf = (block: number) => ({ low: block * BLOCK, high: block * BLOCK + BLOCK - 1 })

/** Returns the summary of a block with these rows. */
export function summaryOf(block: number, rows: SummedRow[]): Summary {
  const keys = new Set<string>()
  let [first_time, last_time] = [rows[0]?.time ?? '', '']
  for (const row of rows) {
    for (const key of keysOf(row)) keys.add(key)
    if (row.time < first_time) first_time = row.time
    if (row.time > last_time) last_time = row.time
  }
  return { block, keys: createFilter(keys), first_time, last_time }
}

/** Returns whether a block may have rows with one key of each list. */
export function hasKeys({ keys }: Summary, wanted: string[][]): boolean {
  const has = createLookup(keys)
  return wanted.every((list) => list.some(has))
}

/** Returns the summaries of the newest blocks in a range, by block, and the block from which they are complete. */
export async function readSummaries(db: Database, low: number, high: number) {
  const from = Math.max(low, high - SLICE + 1)
  const rows = await db
    .select()
    .from(access_log_block)
    .where(between(access_log_block.block, from, high))
  return { from, summaries: new Map(rows.map((row) => [row.block, row])) }
}

/** Returns a function that adds the summaries that are missing, of blocks to which no row will be added any more. */
export function createSummaries(db: Database) {
  const { id, time, username, address, method, route, action, outcome, credential, subjects } = access_log
  const columns = { id, time, username, address, method, route, action, outcome, credential, subjects }
  /** All blocks before this one have a summary, or no rows. */
  let next: number | undefined
  /** Which id was the newest at which time. */
  let seen: { id: number; at: number }[] = []

  /** Adds the summary of a block, and returns whether it could. */
  async function add(block: number): Promise<boolean> {
    const { low, high } = idsOf(block)
    const isSettled = seen.some((one) => one.id > high && one.at <= Date.now() - SETTLED_AFTER)
    const rows = await db
      .select(columns)
      .from(access_log)
      .where(between(id, low, high))
    const old = fromNow(-OLD)
    if (!isSettled && rows.some((row) => row.time > old)) return false
    if (rows.length > 0) await db.insert(access_log_block).values(summaryOf(block, rows)).onConflictDoNothing()
    return true
  }

  /** Adds summaries up to the block of the row `lastId`, the newest. Stops early once `signal` is aborted. */
  return async function summarize(lastId: number, signal?: AbortSignal): Promise<void> {
    if (next === undefined) {
      const [oldest] = await db.select({ id: min(id) }).from(access_log)
      next = blockOf(Number(oldest?.id ?? lastId))
    }
    if (blockOf(seen.at(-1)?.id ?? 0) < blockOf(lastId)) seen.push({ id: lastId, at: Date.now() })
    while (next < blockOf(lastId) && !signal?.aborted) {
      const last: number = Math.min(next + SLICE, blockOf(lastId)) - 1
      const existing = await db
        .select({ block: access_log_block.block })
        .from(access_log_block)
        .where(between(access_log_block.block, next, last))
      const known = new Set(existing.map(({ block }) => block))
      for (; next <= last && !signal?.aborted; next++) {
        if (!known.has(next) && !(await add(next))) return
        await nextTurn() // let waiting requests run
      }
    }
    seen = seen.filter((one) => blockOf(one.id) >= (next ?? 0))
  }
}
