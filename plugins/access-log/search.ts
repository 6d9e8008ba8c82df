// Searches the access log, from the newest row backwards. The index tells which blocks of rows can have what is wanted. Those
// are read one after another; a search that takes long ends early and says how far it came.

import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  and,
  asc,
  between,
  desc,
  eq,
  exists,
  gte,
  inArray,
  isNotNull,
  like,
  lte,
  max,
  min,
  ne,
  notInArray,
  type SQL,
  sql
} from 'drizzle-orm'
import { alias, type PgTable } from 'drizzle-orm/pg-core'
import { contains } from '../../src/database/columns.ts'
import type { Database } from '../../src/database/db.ts'
import { formatInstant } from '../../src/instants.ts'
import {
  type Action,
  access_log,
  access_log_index,
  access_log_seal,
  type Outcome
} from '../../src/tables/access-log.ts'
import { blockOf, idsOf, keys } from './keys.ts'

export type LoggedRequest = typeof access_log.$inferSelect

/** Which rows are wanted. All that are given must hold. */
export interface LogFilter {
  user?: string
  subject?: { type: string; id: number }
  address?: string
  method?: string
  /** The pattern of a route, such as /users/:id. */
  route?: string
  /** One of the outcomes, or all but success. */
  outcome?: Outcome | 'unsuccessful'
  action?: Action
  /** Routes of which a row has one. */
  routes?: string[]
  /** Only changes by people who were signed in to the pages. */
  changesOnPages?: boolean
  /** Leaves out the style sheet and the health checks. */
  withoutNoise?: boolean
  /** From this instant to that one, both included (RFC 3339). */
  from?: string
  to?: string
}

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
 * After so many milliseconds a row is in the index: its statement takes 5 s at most, and its seal comes a second later. See
 * QUERY_PATIENCE in src/database/postgres.ts.
 */
const INDEXED_AFTER = 8_000

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
  const wanted = keysOf(filter)
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

/** Returns lists of keys: a row that matches the filter has one of each. What few rows have comes first. */
function keysOf(filter: LogFilter): string[][] {
  const { user, subject, address, method, route, outcome, action, routes, changesOnPages } = filter
  return [
    subject && [keys.subject(`${subject.type}:${subject.id}`)],
    changesOnPages && [keys.changesOnPages],
    outcome === 'unsuccessful' && routes ? routes.map(keys.unsuccessful) : outcome && [keys.outcome(outcome)],
    user !== undefined && [keys.user(user)],
    address !== undefined && [keys.address(address)],
    route !== undefined && [keys.route(route)],
    method !== undefined && [keys.method(method)],
    action && [keys.action(action)],
    routes?.map(keys.route)
  ].filter((list) => Array.isArray(list))
}

function conditionOf(filter: LogFilter): SQL | undefined {
  const { user, subject, address, method, route, outcome, action, routes, changesOnPages, withoutNoise, from, to } =
    filter
  const given = <Value>(value: Value | undefined, condition: (value: Value) => SQL | undefined) =>
    value === undefined ? undefined : condition(value)
  return and(
    given(user, (name) => eq(access_log.username, name)),
    given(subject, ({ type, id }) => contains(access_log.subjects, ` ${type}:${id} `)),
    given(address, (text) => eq(access_log.address, text)),
    given(method, (text) => eq(access_log.method, text)),
    given(route, (text) => eq(access_log.route, text)),
    outcome && (outcome === 'unsuccessful' ? ne(access_log.outcome, 'success') : eq(access_log.outcome, outcome)),
    action && eq(access_log.action, action),
    routes && inArray(access_log.route, routes),
    changesOnPages
      ? and(like(access_log.credential, 'session%'), notInArray(access_log.action, ['read', 'execute']))
      : undefined,
    withoutNoise ? sql`coalesce(${access_log.route}, '') not like '/static/%'` : undefined,
    withoutNoise ? sql`coalesce(${access_log.route}, '') not like '/health/%'` : undefined,
    given(from, (instant) => gte(access_log.time, instant)),
    given(to, (instant) => lte(access_log.time, instant))
  )
}
