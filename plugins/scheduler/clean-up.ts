// Deletes expired rows in batches, so that no request waits long.

import { eq, inArray, lt, notExists } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { atomically } from '../../src/database/transactions.ts'
import { fromNow } from '../../src/instants.ts'
import { deleted_account, login_failure, refresh_token, session } from '../../src/tables/account.ts'
import { idempotency_key } from '../../src/tables/idempotency-key.ts'

const BATCH = 1000

/**
 * Deletes expired sessions, login failures and idempotency keys, and the refresh tokens of expired families and of deleted
 * accounts, and returns how many rows that were. A spent token is kept until its family expires, because otherwise its reuse
 * could not be detected. Only one instance works at a time; the others return 0. Stops early once `signal` is aborted. Then
 * nothing that was deleted before, here or by a request, is readable in a SQLite file.
 */
export async function cleanUp(db: Database, signal?: AbortSignal): Promise<number> {
  const now = fromNow()
  const accounts = db.select({ id: deleted_account.id }).from(deleted_account)
  const tokens = db.select().from(refresh_token).where(eq(refresh_token.user_id, deleted_account.id))
  const expired = [
    [refresh_token, refresh_token.jti, lt(refresh_token.family_expiry, now)],
    [refresh_token, refresh_token.jti, inArray(refresh_token.user_id, accounts)],
    [deleted_account, deleted_account.id, notExists(tokens)],
    [session, session.id, lt(session.expiry, now)],
    [login_failure, login_failure.key, lt(login_failure.expiry, now)],
    [idempotency_key, idempotency_key.key, lt(idempotency_key.expiry, now)]
  ] as const

  let deleted = 0
  for (const [table, key, isExpired] of expired) {
    for (let batch = BATCH; batch === BATCH && !signal?.aborted; deleted += batch) {
      batch = await atomically(db, async (tx) => {
        if (!(await db.connection.tryLock(tx, 'clean-up'))) return 0
        const keys = tx.select({ key }).from(table).where(isExpired).limit(BATCH)
        const rows = await tx.delete(table).where(inArray(key, keys)).returning({ key })
        return rows.length
      })
      await new Promise(setImmediate) // let waiting requests run
    }
  }
  await db.connection.checkpoint()
  return deleted
}
