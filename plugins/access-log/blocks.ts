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

/** What a summary says of rows. */
interface Collected {
  rows: number
  keys: Set<string>
  firstTime: string
  lastTime: string
}

function collect(rows: SummedRow[]): Collected {
  const collected = { rows: 0, keys: new Set<string>(), firstTime: rows[0]?.time ?? '', lastTime: '' }
  for (const row of rows) addTo(collected, row)
  return collected
}

function addTo(collected: Collected, row: SummedRow): void {
  collected.rows++
  for (const key of keysOf(row)) collected.keys.add(key)
  if (row.time < collected.firstTime) collected.firstTime = row.time
  if (row.time > collected.lastTime) collected.lastTime = row.time
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

/** Of how many blocks this process collects the content while it writes them, so that it need not read it. */
const COLLECTED = 100

/** Returns how the summaries are added that are missing, of blocks to which no row will be added any more. */
export function createSummaries(db: Database) {
  const { id, time, username, address, method, route, action, outcome, credential, subjects } = access_log
  const columns = { id, time, username, address, method, route, action, outcome, credential, subjects }
  /** All blocks before this one have a summary, or no rows. */
  let next: number | undefined
  /** Which id was the newest at which time. */
  let seen: { id: number; at: number }[] = []

  /** The rows that this process has written, by block. */
  const written = new Map<number, Collected>()

  function note(row: SummedRow & { id: number }): void {
    const block = blockOf(row.id)
    const known = written.get(block)
    if (known) addTo(known, row)
    else if (written.size < COLLECTED) written.set(block, collect([row]))
  }

  /** Returns what a block has. It is read, unless this process has written all of it. */
  async function contentOf(block: number): Promise<Collected> {
    const { low, high } = idsOf(block)
    const own = written.get(block)
    if (own && own.rows === (await db.$count(access_log, between(id, low, high)))) return own
    return collect(
      await db
        .select(columns)
        .from(access_log)
        .where(between(id, low, high))
    )
  }

  /** Adds the summary of a block, and returns whether it could. */
  async function add(block: number): Promise<boolean> {
    const isSettled = seen.some((one) => one.id > idsOf(block).high && one.at <= Date.now() - SETTLED_AFTER)
    const { rows, keys, firstTime, lastTime } = await contentOf(block)
    if (!isSettled && lastTime > fromNow(-OLD)) return false
    if (rows > 0) {
      const summary = { block, keys: createFilter(keys), first_time: firstTime, last_time: lastTime }
      await db.insert(access_log_block).values(summary).onConflictDoNothing()
    }
    return true
  }

  async function addMissing(lastId: number, signal?: AbortSignal): Promise<void> {
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
        written.delete(next)
        await nextTurn() // let waiting requests run
      }
    }
    seen = seen.filter((one) => blockOf(one.id) >= (next ?? 0))
  }
  return {
    /** Takes a row that this process has written. */
    note,
    /** Adds the summaries up to the block of the row `lastId`, the newest. Stops early once `signal` is aborted. */
    addMissing
  }
}
