// Deletes what has expired, a batch at a time, so that no request waits long, and one instance at a time.

import { inArray, lt } from 'drizzle-orm'
import { atomically, type Database, run } from './db.ts'
import { fromNow } from './instants.ts'
import { login_failure, refresh_token, session } from './tables/account.ts'

const BATCH = 1000

/**
 * Deletes expired sessions, login failures, and refresh tokens whose family has expired: a spent token is kept until
 * then, or its reuse would go unnoticed. Gives the number of rows deleted; 0 when another instance is at it. Stops
 * early once `signal` is aborted.
 */
export async function cleanUp(db: Database, signal?: AbortSignal): Promise<number> {
  const now = fromNow()
  const expired = [
    [refresh_token, refresh_token.jti, lt(refresh_token.family_expiry, now)],
    [session, session.id, lt(session.expiry, now)],
    [login_failure, login_failure.key, lt(login_failure.expiry, now)]
  ] as const

  let deleted = 0
  for (const [table, key, isExpired] of expired) {
    for (let batch = BATCH; batch === BATCH && !signal?.aborted; deleted += batch) {
      batch = await atomically(db, function* (tx) {
        if (!(yield* db.connection.tryLock(tx, 'clean-up'))) return 0
        const some = tx.select({ key }).from(table).where(isExpired).limit(BATCH)
        const rows = yield* run(tx.delete(table).where(inArray(key, some)).returning({ key }))
        return rows.length
      })
      await new Promise(setImmediate)
    }
  }
  return deleted
}
