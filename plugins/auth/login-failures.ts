// Failed logins, counted in the database, so that all instances share one count. An account is locked for an address after
// `LOGIN_FAILURES`, and for every address after ACCOUNT_FAILURES: a stranger who guesses does not lock the owner out, and
// guessing from many addresses is still limited. The window starts with the first failure and ends by itself.
// rate-limiter-flexible is not used: one statement on both engines is simpler than its two stores.

import { createHmac } from 'node:crypto'
import { and, eq, gte, inArray, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Config } from '../../src/config.ts'
import type { Database, Transaction } from '../../src/database/db.ts'
import { atomically } from '../../src/database/transactions.ts'
import { deriveKey } from '../../src/derived-key.ts'
import { TooManyFailures } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { login_failure } from '../../src/tables/account.ts'

/** Failures of an account within the window, from all addresses together, that lock it for everybody. */
const ACCOUNT_FAILURES = 100
/** By how much the clocks of instances may differ, in milliseconds. */
const CLOCK_SKEW = 60_000

/** An attempt to log in: the canonical name, the account that has it, and the network of the sender. */
export interface Attempt {
  name: string
  user_id: number | undefined
  network: string
}

type Row = typeof login_failure.$inferSelect

/** Returns the counter of failed logins. It counts by name, whether or not an account has that name. */
export function createLoginFailures(
  db: Database,
  config: Pick<Config, 'loginFailures' | 'loginWindowMinutes' | 'secretKey'>
) {
  const window = config.loginWindowMinutes * 60_000
  const secret = deriveKey(config.secretKey, 'login failures')
  const keyOf = (...parts: string[]) => createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url')

  /** The two rows of an attempt. All statements lock them in this order, so that none waits for another in a circle. */
  function rowsOf({ name, user_id = null, network }: Omit<Attempt, 'user_id'> & { user_id?: number | null }) {
    const common = { user_id, pending: 0, failures: 0, expiry: fromNow(window) }
    return [
      { ...common, key: keyOf(name), network: null, allowed: ACCOUNT_FAILURES },
      { ...common, key: keyOf(name, network), network, allowed: config.loginFailures }
    ]
  }

  /**
   * Changes the rows of an attempt, where `where` holds, and returns those that were changed. A row that does not exist is
   * added with the values of `added`. A row that counts nothing any more is deleted.
   */
  async function change(attempt: Attempt, added: Partial<Row>, set: Record<string, SQL>, where?: SQL): Promise<Row[]> {
    const rows = rowsOf(attempt).map((row) => ({ ...row, ...added }))
    const keys = rows.map(({ key }) => key)
    // In a transaction, which is repeated after a deadlock with somebody who deletes such rows.
    return await atomically(db, async (tx) => {
      const changed = await tx
        .insert(login_failure)
        .values(rows)
        .onConflictDoUpdate({ target: login_failure.key, set, setWhere: where })
        .returning()
      if (changed.some(isEmpty)) {
        const empty = and(eq(login_failure.failures, 0), eq(login_failure.pending, 0))
        await tx.delete(login_failure).where(and(inArray(login_failure.key, keys), empty))
      }
      return changed
    })
  }

  async function tryReserve(attempt: Attempt): Promise<boolean> {
    // A row also counts nothing when its name has changed hands, or a clock that was wrong gave it too long a window.
    const isOver = sql`(${or(
      lte(login_failure.expiry, fromNow()),
      gte(login_failure.expiry, fromNow(window + CLOCK_SKEW)),
      sql`${login_failure.user_id} is distinct from excluded.user_id`,
      sql`${login_failure.failures} + ${login_failure.pending} = 0`
    )})`
    const reserved = await change(
      attempt,
      { pending: 1 },
      {
        failures: sql`case when ${isOver} then 0 else ${login_failure.failures} end`,
        pending: sql`case when ${isOver} then 1 else ${login_failure.pending} + 1 end`,
        expiry: sql`case when ${isOver} then excluded.expiry else ${login_failure.expiry} end`,
        user_id: sql`excluded.user_id`,
        allowed: sql`excluded.allowed`
      },
      sql`${isOver} or ${login_failure.failures} + ${login_failure.pending} < excluded.allowed`
    )
    if (reserved.length === 2) return true
    for (const { key } of reserved) {
      await db.update(login_failure).set({ pending: onePendingLess }).where(eq(login_failure.key, key))
    }
    return false
  }

  /** Throws TooManyFailures, with the seconds to wait in `Retry-After`, when the account is locked for this sender. */
  async function requireUnlocked(attempt: Attempt): Promise<void> {
    const keys = rowsOf(attempt).map(({ key }) => key)
    const rows = await db.select().from(login_failure).where(inArray(login_failure.key, keys))
    const locked = rows.filter((row) => row.user_id === (attempt.user_id ?? null) && isLocked(row))
    if (locked.length === 0) return
    const end = Math.max(...locked.map(({ expiry }) => Date.parse(expiry)))
    const seconds = Math.min(Math.max(1, Math.ceil((end - Date.now()) / 1000)), Math.ceil(window / 1000))
    throw Object.assign(new TooManyFailures(), { headers: { 'retry-after': String(seconds) } })
  }

  function isLocked({ failures, allowed, expiry }: Pick<Row, 'failures' | 'allowed' | 'expiry'>): boolean {
    const left = Date.parse(expiry) - Date.now()
    return failures >= allowed && left > 0 && left < window + CLOCK_SKEW
  }

  return {
    /**
     * Reserves an attempt in both rows. Call it before the password is checked, so that parallel attempts cannot pass
     * together. Returns false while attempts are being checked that could use up the rest. Throws TooManyFailures when no
     * attempt is left.
     */
    async reserve(attempt: Attempt): Promise<boolean> {
      await requireUnlocked(attempt) // first, because this writes nothing
      return await tryReserve(attempt)
    },

    /** Turns a reserved attempt into a failure. Returns whether this has locked the account. */
    async fail(attempt: Attempt): Promise<boolean> {
      const failures = sql`${login_failure.failures} + 1`
      const rows = await change(attempt, { failures: 1 }, { failures, pending: onePendingLess })
      return rows.some((row) => row.failures === row.allowed)
    },

    /** Takes back a reserved attempt whose password could not be checked. */
    async release(attempt: Attempt): Promise<void> {
      await change(attempt, {}, { pending: onePendingLess })
    },

    /** Forgets the failures of this sender, after the right password. Those of other senders still count. */
    async succeed(attempt: Attempt): Promise<void> {
      const failures = sql`case when ${login_failure.network} is null then ${login_failure.failures} else 0 end`
      await change(attempt, {}, { failures, pending: onePendingLess })
    },

    /** Returns the ids of the accounts that are locked now, for some senders or for all. */
    async lockedAccounts(): Promise<number[]> {
      const full = and(gte(login_failure.failures, login_failure.allowed), gte(login_failure.expiry, fromNow()))
      const rows = await db.select().from(login_failure).where(full)
      return [...new Set(rows.filter(isLocked).flatMap(({ user_id }) => user_id ?? []))]
    },

    /** Returns until when an account is locked, RFC 3339, and for whom; undefined when it is not locked. */
    async lockOf(user_id: number): Promise<{ until: string; networks: string[]; everywhere: boolean } | undefined> {
      const rows = (await db.select().from(login_failure).where(eq(login_failure.user_id, user_id))).filter(isLocked)
      if (rows.length === 0) return undefined
      const until =
        rows
          .map(({ expiry }) => expiry)
          .sort((a, b) => Date.parse(a) - Date.parse(b))
          .at(-1) ?? ''
      const networks = rows.flatMap(({ network }) => network ?? []).sort()
      return { until, networks, everywhere: rows.some(({ network }) => network === null) }
    }
  }
}

const isEmpty = ({ failures, pending }: Row) => failures === 0 && pending === 0
const onePendingLess = sql`case when ${login_failure.pending} > 0 then ${login_failure.pending} - 1 else 0 end`

/** Forgets all failures of an account, which unlocks it. */
export async function forgetFailures(tx: Transaction, user_id: number): Promise<void> {
  await tx.delete(login_failure).where(eq(login_failure.user_id, user_id))
}
