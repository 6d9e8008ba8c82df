// Counts the requests of each hour, so that nobody has to count rows to see many hours at once.

import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { access_log_hour } from '../../src/tables/access-log.ts'
import { SIGN_IN_ROUTES } from './filter.ts'
import type { NumberedRow } from './row.ts'

/** How many requests of a kind an hour has. */
export type HourCount = typeof access_log_hour.$inferSelect

/** Returns a counter of the requests of each hour. */
export function createHourCounts() {
  const counts = new Map<string, HourCount>()

  function count(hour: string, kind: HourCount['kind'], requests: number): void {
    const known = counts.get(hour + kind)
    if (known) known.requests += requests
    else counts.set(hour + kind, { hour, kind, requests })
  }

  return {
    add(row: NumberedRow): void {
      const hour = `${row.time.slice(0, 13)}:00:00.000Z`
      const requests = 1 + (row.more ?? 0)
      if (row.outcome) count(hour, row.outcome, requests)
      if (isFailedSignIn(row)) count(hour, 'failed sign-in', requests)
    },
    list: () => [...counts.values()]
  }
}

/** Adds counts to those that the database has. */
export async function storeCounts(db: Database, counts: HourCount[]): Promise<void> {
  if (counts.length === 0) return
  const { hour, kind, requests } = access_log_hour
  await db
    .insert(access_log_hour)
    .values(counts)
    .onConflictDoUpdate({ target: [hour, kind], set: { requests: sql`${requests} + excluded.requests` } })
}

/** Whether a row is a failed sign-in, to the API or to the pages. */
function isFailedSignIn({ action, route, outcome }: NumberedRow): boolean {
  return action === 'execute' && SIGN_IN_ROUTES.includes(route ?? '') && outcome !== 'success'
}
