// Searches the access log, from the newest row backwards. Summaries tell which blocks of rows can have what is wanted. Those
// are read one after another; a search that takes long ends early and says how far it came.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { and, asc, between, desc, gte, max, min } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { formatInstant, parseInstant } from '../../src/instants.ts'
import { access_log } from '../../src/tables/access-log.ts'
import { blockOf, hasKeys, idsOf, readSummaries, type Summary } from './blocks.ts'
import { conditionOf, keysWanted, type LogFilter } from './filter.ts'

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
/** After so many milliseconds a search ends. */
const PATIENCE = 150

/** Ids of rows that are read together, both included. None, if the highest is lower than the lowest. */
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
    if (low <= high) {
      const found = await db
        .select()
        .from(access_log)
        .where(and(between(access_log.id, low, high), condition))
        .orderBy(desc(access_log.id))
        .limit(limit + 1 - rows.length)
      rows.push(...found)
    }
    if (rows.length > limit) {
      rows.length = limit
      return { rows, next: rows.at(-1)?.id ?? null }
    }
    if (Date.now() >= end && low > 0) return { rows, next: low, reached: await timeFrom(db, low) }
    await nextTurn() // other requests run in between
  }
  return { rows, next: null }
}

/** Yields the ranges of ids that can have rows of the filter, from `before` backwards. */
async function* rangesOf(db: Database, filter: LogFilter, before: number): AsyncGenerator<Range> {
  const wanted = keysWanted(filter)
  const period = { from: normalized(filter.from), to: normalized(filter.to) }
  const { id } = access_log
  // Two queries: SQLite would read the whole table to find both in one.
  const [oldest] = await db.select({ id: min(id) }).from(access_log)
  const [newest] = await db.select({ id: max(id) }).from(access_log)
  const low = Number(oldest?.id ?? 0)
  const high = Math.min(Number(newest?.id ?? -1), before - 1)
  if (wanted.length === 0 && !filter.from && !filter.to) return yield* pieces({ low, high })

  for (let last = blockOf(high); last >= blockOf(low); ) {
    const { from, summaries } = await readSummaries(db, blockOf(low), last)
    for (let block = last; block >= from; block--) {
      const summary = summaries.get(block)
      // The newest blocks have no summary yet.
      if (summary && !mayMatch(summary, wanted, period)) continue
      const ids = idsOf(block)
      yield { low: Math.max(ids.low, low), high: Math.min(ids.high, high) }
    }
    const reached = Math.max(idsOf(from).low, low)
    yield { low: reached, high: reached - 1 } // to look at the time
    last = from - 1
  }
}

function mayMatch(summary: Summary, wanted: string[][], { from = '', to = '9' }: Period): boolean {
  return summary.last_time >= from && summary.first_time <= to && hasKeys(summary, wanted)
}

function* pieces({ low, high }: Range): Generator<Range> {
  for (let piece = 0, last = high; last >= low; piece++) {
    const first = Math.max(low, last - (PIECES[Math.min(piece, PIECES.length - 1)] as number) + 1)
    yield { low: first, high: last }
    last = first - 1
  }
}

/** The instants of a filter, written like those of the log. */
interface Period {
  from?: string | undefined
  to?: string | undefined
}

function normalized(instant: string | undefined): string | undefined {
  const milliseconds = instant === undefined ? undefined : parseInstant(instant)
  return milliseconds === undefined ? undefined : formatInstant(milliseconds)
}

async function timeFrom(db: Database, place: number): Promise<string | undefined> {
  const { id, time } = access_log
  const [row] = await db.select({ time }).from(access_log).where(gte(id, place)).orderBy(asc(id)).limit(1)
  return row?.time
}
