// Failed logins, counted per account in the database, so that guessing from many addresses, or at several instances,
// shares one count. The window begins with the first failure and ends by itself: nobody can be locked out for good.

import { createHash } from 'node:crypto'
import { and, eq, lt, lte, sql } from 'drizzle-orm'
import type { Config } from './config.ts'
import type { Database } from './db.ts'
import { TooManyFailures } from './errors.ts'
import { fromNow } from './instants.ts'
import { login_failure } from './tables/account.ts'

/** The counter of failed logins, by the canonical name that was typed, whether or not an account has it. */
export function createLoginFailures(db: Database, config: Pick<Config, 'loginFailures' | 'loginWindowMinutes'>) {
  const window = config.loginWindowMinutes * 60_000

  return {
    /**
     * Counts an attempt before its password is looked at, so that attempts made at the same time cannot pass together.
     * Throws TooManyFailures, with the seconds to wait in `Retry-After`, when the account has no attempt left.
     */
    async count(name: string): Promise<void> {
      const over = lt(login_failure.expiry, fromNow())
      const [row] = await db
        .insert(login_failure)
        .values({ key: keyOf(name), failures: 1, expiry: fromNow(window) })
        .onConflictDoUpdate({
          target: login_failure.key,
          set: {
            failures: sql`case when ${over} then 1 else ${login_failure.failures} + 1 end`,
            expiry: sql`case when ${over} then excluded.expiry else ${login_failure.expiry} end`
          }
        })
        .returning()
      if (row && row.failures > config.loginFailures) {
        const seconds = Math.max(1, Math.ceil((Date.parse(row.expiry) - Date.now()) / 1000))
        throw Object.assign(new TooManyFailures(), { headers: { 'retry-after': String(seconds) } })
      }
    },

    /** Takes an attempt back whose password was not looked at after all. */
    async forgive(name: string): Promise<void> {
      await db
        .update(login_failure)
        .set({ failures: sql`${login_failure.failures} - 1` })
        .where(eq(login_failure.key, keyOf(name)))
      await db.delete(login_failure).where(and(eq(login_failure.key, keyOf(name)), lte(login_failure.failures, 0)))
    },

    /** Forgets the attempts after the right password. */
    async clear(name: string): Promise<void> {
      await db.delete(login_failure).where(eq(login_failure.key, keyOf(name)))
    }
  }
}

function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url')
}
