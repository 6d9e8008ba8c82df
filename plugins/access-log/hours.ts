// Counts the requests of each hour, so that nobody has to count rows to see many hours at once.

import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { access_log_hour } from '../../src/tables/access-log.ts'
import { SIGN_IN_ROUTES } from './filter.ts'
import type { NumberedRow } from './row.ts'

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

/** Whether a row is a failed sign-in, to the API or to the pages. */
function isFailedSignIn({ action, route, outcome }: NumberedRow): boolean {
  return action === 'execute' && SIGN_IN_ROUTES.includes(route ?? '') && outcome !== 'success'
}
