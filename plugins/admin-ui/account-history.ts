// The history of an account: who changed it, when, and from what to what.

import { desc, eq } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { account_event } from '../../src/tables/account.ts'

export type ListedEvent = typeof account_event.$inferSelect

/** Returns the latest events of an account, the latest first. */
export async function listEvents(db: Database, account_id: number, limit: number): Promise<ListedEvent[]> {
  return await db
    .select()
    .from(account_event)
    .where(eq(account_event.account_id, account_id))
    .orderBy(desc(account_event.id))
    .limit(limit)
}
