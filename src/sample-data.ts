// The sample data of the demo: the clinic's first patient, and one account of each role.

import type { Config } from './config.ts'
import { atomically, type Database, run } from './db.ts'
import { fromNow } from './instants.ts'
import { createPasswords } from './passwords.ts'
import { only } from './records.ts'
import { role, user, user_role } from './tables/account.ts'
import { appointment, category, measure, patient } from './tables/clinic.ts'

/** The accounts of the demo, role by role. Their password breaks every rule, and works only while DEMO is on. */
export const demoAccounts = [
  { username: 'admin', password: '123456', role: 'admin' },
  { username: 'client', password: '123456', role: 'user' }
] as const

/** Fills a database that has neither accounts nor patients; gives whether it did. */
export async function addSampleData(db: Database, config: Config): Promise<boolean> {
  const passwords = createPasswords(config)
  const accounts = await Promise.all(
    demoAccounts.map(async (account) => ({ ...account, password_hash: await passwords.hash(account.password) }))
  )
  return await atomically(db, function* (tx) {
    yield* db.connection.lock(tx, 'administrators')
    const [someone] = yield* run(tx.select().from(user).limit(1))
    const [somebody] = yield* run(tx.select().from(patient).limit(1))
    if (someone || somebody) return false

    for (const { username, password_hash, role: name } of accounts) {
      yield* run(tx.insert(role).values({ name }).onConflictDoNothing())
      const roles = yield* run(tx.select().from(role))
      const added = only(
        yield* run(tx.insert(user).values({ username, password_hash, demo: true, created_at: fromNow() }).returning())
      )
      const held = roles.filter((row) => row.name === name).map((row) => ({ user_id: added.id, role_id: row.id }))
      yield* run(tx.insert(user_role).values(held))
    }

    const heartRate = only(yield* run(tx.insert(category).values({ name: 'HR' }).returning()))
    yield* run(tx.insert(category).values({ name: 'Blood Pressure' }))
    const luca = only(
      yield* run(tx.insert(patient).values({ name: 'Luca', surname: 'Nastasi', birthday: '1997-07-28' }).returning())
    )
    const visit = only(
      yield* run(tx.insert(appointment).values({ patient_id: luca.id, date: '2024-01-01T00:00:00Z' }).returning())
    )
    const measured = { appointment_id: visit.id, category_id: heartRate.id, timestamp: '2024-01-01T11:24:59Z' }
    yield* run(
      tx.insert(measure).values([
        { ...measured, value: 59 },
        { ...measured, value: 66 }
      ])
    )
    return true
  })
}
