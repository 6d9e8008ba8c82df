// The history of an account: who changed it, when, and from what to what.

import { desc, eq } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { account_event } from '../../src/tables/account.ts'
import type { Words } from '../../src/words/en.ts'
import { type ListedEvent, withDevice } from './event-devices.ts'

/** Returns the latest events of an account, the latest first. */
export async function listEvents(
  db: Database,
  words: Words,
  account_id: number,
  limit: number
): Promise<ListedEvent[]> {
  const events = await db
    .select()
    .from(account_event)
    .where(eq(account_event.account_id, account_id))
    .orderBy(desc(account_event.id))
    .limit(limit)
  return events.map((event) => withDevice(event, words))
}
