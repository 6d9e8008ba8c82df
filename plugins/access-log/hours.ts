// Counts the requests of each hour, for those who look at many hours at once.

import { asc, gte, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { formatInstant } from '../../src/instants.ts'
import { access_log_hour } from '../../src/tables/access-log.ts'
import { isFailedSignIn } from './filter.ts'
import type { NumberedRow } from './row.ts'

const HOUR = 60 * 60_000 // milliseconds

type Count = typeof access_log_hour.$inferSelect
type Kind = Count['kind']

/** Adds rows to the counts of their hours. */
export async function countRows(db: Database, rows: NumberedRow[]): Promise<void> {
  const counts = new Map<string, Count>()
  const add = (hour: string, kind: Kind, requests: number) => {
    const count = counts.get(hour + kind)
    if (count) count.requests += requests
    else counts.set(hour + kind, { hour, kind, requests })
  }
  for (const row of rows) {
    const hour = `${row.time.slice(0, 13)}:00:00.000Z`
    const requests = 1 + (row.more ?? 0)
    if (row.outcome) add(hour, row.outcome, requests)
    if (isFailedSignIn(row)) add(hour, 'failed sign-in', requests)
  }
  if (counts.size === 0) return
  const { hour, kind, requests } = access_log_hour
  await db
    .insert(access_log_hour)
    .values([...counts.values()])
    .onConflictDoUpdate({ target: [hour, kind], set: { requests: sql`${requests} + excluded.requests` } })
}

export interface HourCount {
  /** When the hour begins. */
  hour: string
  requests: Partial<Record<Kind, number>>
}

/** Returns the counts of the last hours, the current one last. Requests of the last seconds may be missing. */
export async function countsOfHours(db: Database, hours: number): Promise<HourCount[]> {
  const first = Math.floor(Date.now() / HOUR) * HOUR - (hours - 1) * HOUR
  const { hour } = access_log_hour
  const rows = await db
    .select()
    .from(access_log_hour)
    .where(gte(hour, formatInstant(first)))
    .orderBy(asc(hour))
  const byHour = Map.groupBy(rows, (row) => row.hour)
  return Array.from({ length: hours }, (_, index) => {
    const start = formatInstant(first + index * HOUR)
    const requests = Object.fromEntries((byHour.get(start) ?? []).map((row) => [row.kind, row.requests]))
    return { hour: start, requests }
  })
}
