// A resource's contract: a write that was allowed when it began, and waits while the record gets another owner, does nothing.

import { eq, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Test } from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { openDatabase } from '../../../src/database/open.ts'
import { atomically } from '../../../src/database/transactions.ts'
import { engine, eventually } from '../app.ts'
import type { Context } from './context.ts'

export function ownershipRaceTests(t: Test, context: Context): void {
  const { db, env, signInWith, name, roles, ownership, newChanges, add } = context
  if (!ownership?.isDirect) return
  const { all, table, field } = ownership
  const [ordinary = ''] = roles.filter((role) => !all.includes(role))

  t.test(`${name}: a write that waits while the record gets another owner does nothing [D8]`, async (t) => {
    const other = await openDatabase(loadConfig(env), () => {})
    t.teardown(() => other.connection.close())
    const [before, after] = [await signInWith(ordinary), await signInWith(ordinary)]
    for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
      const { url, id } = await add(before)
      const hasOwner = Promise.withResolvers<void>()
      const hasBegun = Promise.withResolvers<void>()
      const transfer = atomically(other, async (tx) => {
        await tx
          .update(table as PgTable)
          .set({ [field]: after.id })
          .where(eq(table.id, id))
        hasOwner.resolve()
        await hasBegun.promise
      })
      await hasOwner.promise
      const written = before.call(method, url, method === 'DELETE' ? undefined : newChanges())
      await (engine === 'postgres' ? untilBlocked() : someTurns())
      hasBegun.resolve()
      await transfer
      t.equal((await written).statusCode, 404, method)
      const read = await after.get(url)
      t.equal(read.statusCode, 200, `${method}: the record is still there`)
      t.match(read.headers.etag, /^"1\b/, `${method}: and has not changed`)
    }
  })

  /** Waits until a statement waits for a lock of another transaction. */
  async function untilBlocked(): Promise<void> {
    await eventually(async () => {
      const { rows } = await db.execute(sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)
      return rows.length > 0 || undefined
    })
  }

  /** Waits until a request of this process has come to its write. SQLite reads without waiting. */
  async function someTurns(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}
