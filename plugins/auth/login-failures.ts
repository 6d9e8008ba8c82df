// Failed logins, counted per account in the database, so that guesses from many addresses or at several instances share
// one count. The window starts with the first failure and ends by itself: nobody can be locked out for good.
// rate-limiter-flexible is not used: one statement on both engines is simpler than its two stores.

import { createHash } from 'node:crypto'
import { and, eq, lt, lte, sql } from 'drizzle-orm'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { TooManyFailures } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { login_failure } from '../../src/tables/account.ts'

/** Returns the counter of failed logins. It counts by canonical name, whether or not an account has that name. */
export function createLoginFailures(db: Database, config: Pick<Config, 'loginFailures' | 'loginWindowMinutes'>) {
  const window = config.loginWindowMinutes * 60_000

  return {
    /**
     * Counts an attempt. Call it before the password is checked, so that parallel attempts cannot pass together. Throws
     * TooManyFailures, with the seconds to wait in `Retry-After`, when no attempt is left.
     */
    async count(name: string): Promise<void> {
      const isOver = lt(login_failure.expiry, fromNow())
      const [row] = await db
        .insert(login_failure)
        .values({ key: keyOf(name), failures: 1, expiry: fromNow(window) })
        .onConflictDoUpdate({
          target: login_failure.key,
          set: {
            failures: sql`case when ${isOver} then 1 else ${login_failure.failures} + 1 end`,
            expiry: sql`case when ${isOver} then excluded.expiry else ${login_failure.expiry} end`
          }
        })
        .returning()
      if (row && row.failures > config.loginFailures) {
        const seconds = Math.max(1, Math.ceil((Date.parse(row.expiry) - Date.now()) / 1000))
        throw Object.assign(new TooManyFailures(), { headers: { 'retry-after': String(seconds) } })
      }
    },

    /** Takes back an attempt whose password could not be checked. */
    async forgive(name: string): Promise<void> {
      await db
        .update(login_failure)
        .set({ failures: sql`${login_failure.failures} - 1` })
        .where(eq(login_failure.key, keyOf(name)))
      await db.delete(login_failure).where(and(eq(login_failure.key, keyOf(name)), lte(login_failure.failures, 0)))
    },

    /** Forgets all attempts, after the right password. */
    async clear(name: string): Promise<void> {
      await db.delete(login_failure).where(eq(login_failure.key, keyOf(name)))
    }
  }
}

function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url')
}
