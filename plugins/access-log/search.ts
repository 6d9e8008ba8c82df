// Searches the access log, from the newest row backwards. A filter without an index of its own could read millions of rows, so
// the log is searched in pieces, and a search that takes long ends early and says how far it came.

import { and, desc, eq, gte, inArray, lte, ne, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { parseInstant } from '../../src/instants.ts'
import { createPauses } from '../../src/pauses.ts'
import { type Action, access_log, access_log_subject, type Outcome } from '../../src/tables/access-log.ts'

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

/** The place of a row in the log. */
export interface Place {
  time: string
  id: number
}

export interface Found {
  rows: LoggedRequest[]
  /** The place from which the next search continues. Null at the end of the log. */
  next: Place | null
  /** Whether the search ended early, before it had found as many rows as wanted. */
  isPartial: boolean
}

/** So many rows are searched at once: few at first, because most searches find something soon. */
const PIECES = [200, 2_000, 5_000]
/** After so many milliseconds a search ends. */
const PATIENCE = 150

/** Returns the place that a text such as `2024-02-29T09:30:00.000Z_17` names, or undefined. */
export function parsePlace(text: string): Place | undefined {
  const [, time = '', id = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)_([1-9]\d{0,15})$/.exec(text) ?? []
  return parseInstant(time) === undefined ? undefined : { time, id: Number(id) }
}

export function formatPlace({ time, id }: Place): string {
  return `${time}_${id}`
}

/** Returns up to `limit` rows that match the filter, the newest first, from the place `before` backwards. */
export async function searchLog(
  db: Database,
  filter: LogFilter,
  { before, limit }: { before?: Place | undefined; limit: number }
): Promise<Found> {
  const source = sourceOf(filter)
  const condition = conditionOf(filter)
  const end = Date.now() + PATIENCE
  const rows: LoggedRequest[] = []
  const pause = createPauses()
  let place = before
  for (let piece = 0; ; piece++) {
    await pause() // other requests run in between
    const size = PIECES[Math.min(piece, PIECES.length - 1)] as number
    const last = await source.place(db, place, size)
    const found = await source.rows(db, condition, place, last, limit + 1 - rows.length)
    rows.push(...found)
    if (rows.length > limit) {
      rows.length = limit
      return { rows, next: rows.at(-1) as LoggedRequest, isPartial: false }
    }
    if (!last) return { rows, next: null, isPartial: false }
    place = last
    if (Date.now() >= end) return { rows, next: place, isPartial: true }
  }
}

/** What a search goes along: an index that begins with what the filter fixes, and then has time and id. */
function sourceOf(filter: LogFilter) {
  const { subject, from, to } = filter
  const { type, subject_id } = access_log_subject
  const [table, key] = subject
    ? [access_log_subject, { time: access_log_subject.time, id: access_log_subject.log_id }]
    : [access_log, { time: access_log.time, id: access_log.id }]
  const fixed = subject ? and(eq(type, subject.type), eq(subject_id, subject.id)) : indexed(filter)
  const within = and(fixed, from === undefined ? undefined : gte(key.time, from))
  const order = [desc(key.time), desc(key.id)]
  const isBefore = (place: Place | undefined) =>
    and(
      place && sql`(${key.time}, ${key.id}) < (${sql.param(place.time, key.time)}, ${place.id})`,
      to === undefined ? undefined : lte(key.time, to)
    )

  return {
    /** Returns the place of the row that is so many rows further back, or undefined if there are fewer. */
    async place(db: Database, before: Place | undefined, distance: number): Promise<Place | undefined> {
      const [place] = await db
        .select(key)
        .from(table as typeof access_log)
        .where(and(within, isBefore(before)))
        .orderBy(...order)
        .limit(1)
        .offset(distance - 1)
      return place
    },
    async rows(
      db: Database,
      condition: SQL | undefined,
      before: Place | undefined,
      last: Place | undefined,
      limit: number
    ): Promise<LoggedRequest[]> {
      const isAfter = last && sql`(${key.time}, ${key.id}) >= (${sql.param(last.time, key.time)}, ${last.id})`
      const where = and(within, condition, isBefore(before), isAfter)
      const query = db.select({ row: access_log }).from(access_log).$dynamic()
      const joined = subject ? query.innerJoin(access_log_subject, eq(access_log_subject.log_id, access_log.id)) : query
      const found = await joined
        .where(where)
        .orderBy(...order)
        .limit(limit)
      return found.map(({ row }) => row)
    }
  }
}

/** Returns the part of a filter that the log has indexes for. */
function indexed({ user, address, outcome, changesOnPages }: LogFilter): SQL | undefined {
  const { credential, action } = access_log
  return and(
    user === undefined ? undefined : eq(access_log.username, user),
    address === undefined ? undefined : eq(access_log.address, address),
    // As the indexes are defined. With a parameter, SQLite would not know that it can use the index.
    outcome === undefined || outcome === 'success' ? undefined : sql`${access_log.outcome} <> 'success'`,
    changesOnPages ? sql`substr(${credential}, 1, 7) = 'session' and ${action} <> 'read'` : undefined
  )
}

/** Returns the part of a filter that the search's index does not take care of. */
function conditionOf(filter: LogFilter): SQL | undefined {
  const { subject, method, route, outcome, action, routes, changesOnPages, withoutNoise } = filter
  return and(
    subject && indexed(filter),
    outcome && outcome !== 'unsuccessful' ? eq(access_log.outcome, outcome) : undefined,
    method === undefined ? undefined : eq(access_log.method, method),
    route === undefined ? undefined : eq(access_log.route, route),
    action && eq(access_log.action, action),
    routes && inArray(access_log.route, routes),
    changesOnPages ? ne(access_log.action, 'execute') : undefined,
    withoutNoise ? sql`coalesce(${access_log.route}, '') not like '/static/%'` : undefined,
    withoutNoise ? sql`coalesce(${access_log.route}, '') not like '/health/%'` : undefined
  )
}
