// Counts the requests of each hour, for those who look at many hours at once.

import { asc, gte, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { formatInstant } from '../../src/instants.ts'
import { access_log_hour, type Outcome } from '../../src/tables/access-log.ts'
import type { NumberedRow } from './row.ts'

const HOUR = 60 * 60_000 // milliseconds

/** Adds rows to the counts of their hours. */
export async function countRows(db: Database, rows: NumberedRow[]): Promise<void> {
  const counts = new Map<string, { hour: string; outcome: Outcome; requests: number }>()
  for (const { time, outcome, more } of rows) {
    if (!outcome) continue
    const hour = `${time.slice(0, 13)}:00:00.000Z`
    const key = hour + outcome
    const count = counts.get(key)
    if (count) count.requests += 1 + (more ?? 0)
    else counts.set(key, { hour, outcome, requests: 1 + (more ?? 0) })
  }
  if (counts.size === 0) return
  const { hour, outcome, requests } = access_log_hour
  await db
    .insert(access_log_hour)
    .values([...counts.values()])
    .onConflictDoUpdate({ target: [hour, outcome], set: { requests: sql`${requests} + excluded.requests` } })
}

export interface HourCount {
  /** When the hour begins. */
  hour: string
  requests: Partial<Record<Outcome, number>>
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
    const requests = Object.fromEntries((byHour.get(start) ?? []).map((row) => [row.outcome, row.requests]))
    return { hour: start, requests }
  })
}
