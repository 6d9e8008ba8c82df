// The demo: its accounts, and the sample data that a project gives it.

import type { Config } from './config.ts'
import { atomically, type Database, run, type Steps, type Transaction } from './db.ts'
import { fromNow } from './instants.ts'
import { createPasswords } from './passwords.ts'
import { only } from './records.ts'
import { role, user, user_role } from './tables/account.ts'

/** The accounts of the demo, role by role. Their password breaks every rule, and works only while DEMO is on. */
export const demoAccounts = [
  { username: 'admin', password: '123456', role: 'admin' },
  { username: 'client', password: '123456', role: 'user' }
] as const

/** Fills a database that has no accounts with those of the demo and with `sampleData`; gives whether it did. */
export async function fillDemo(
  db: Database,
  config: Config,
  sampleData?: (tx: Transaction) => Steps<void>
): Promise<boolean> {
  const passwords = createPasswords(config)
  const accounts = await Promise.all(
    demoAccounts.map(async (account) => ({ ...account, password_hash: await passwords.hash(account.password) }))
  )
  return await atomically(db, function* (tx) {
    yield* db.connection.lock(tx, 'administrators')
    const [someone] = yield* run(tx.select().from(user).limit(1))
    if (someone) return false

    for (const { username, password_hash, role: name } of accounts) {
      yield* run(tx.insert(role).values({ name }).onConflictDoNothing())
      const roles = yield* run(tx.select().from(role))
      const added = only(
        yield* run(tx.insert(user).values({ username, password_hash, demo: true, created_at: fromNow() }).returning())
      )
      const held = roles.filter((row) => row.name === name).map((row) => ({ user_id: added.id, role_id: row.id }))
      yield* run(tx.insert(user_role).values(held))
    }
    if (sampleData) yield* sampleData(tx)
    return true
  })
}
