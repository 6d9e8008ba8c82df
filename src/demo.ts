// The demo's accounts, and its first start, which fills the empty database.

import type { Database, Transaction } from './database/db.ts'
import { atomically } from './database/transactions.ts'
import { fromNow } from './instants.ts'
import { single } from './records.ts'
import { role, user, user_role } from './tables/account.ts'

/** The accounts of the demo, one per role. Their password breaks every rule. They can sign in only while DEMO is on. */
export const demoAccounts = [
  { username: 'admin', password: '123456', role: 'admin' },
  { username: 'client', password: '123456', role: 'user' }
] as const

/**
 * Fills a database that has no accounts with those of the demo and with the sample data, and returns whether it did.
 * `hash` hashes a password.
 */
export async function fillDemo(
  db: Database,
  hash: (password: string) => Promise<string>,
  addSampleData?: (tx: Transaction) => Promise<void>
): Promise<boolean> {
  const accounts = await Promise.all(
    demoAccounts.map(async (account) => ({ ...account, password_hash: await hash(account.password) }))
  )
  return await atomically(db, async (tx) => {
    await db.connection.lock(tx, 'administrators')
    const [existing] = await tx.select().from(user).limit(1)
    if (existing) return false

    for (const { username, password_hash, role: name } of accounts) {
      await tx.insert(role).values({ name }).onConflictDoNothing()
      const roles = await tx.select().from(role)
      const added = single(
        await tx.insert(user).values({ username, password_hash, demo: true, created_at: fromNow() }).returning()
      )
      const held = roles.filter((row) => row.name === name).map((row) => ({ user_id: added.id, role_id: row.id }))
      await tx.insert(user_role).values(held)
    }
    await addSampleData?.(tx)
    return true
  })
}
