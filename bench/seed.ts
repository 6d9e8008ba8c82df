// Fills the empty database of DATABASE_URL for the benchmark, and sends its accounts to the parent process. It is a process
// of its own because the tables of a process are those of one engine. The argument is the number of patients.

import { createAccounts } from '../plugins/auth/accounts.ts'
import { createPasswords } from '../plugins/auth/passwords.ts'
import { ensureRoles, FIXED_ROLES } from '../plugins/roles/required-roles.ts'
import { loadConfig } from '../src/config.ts'
import type { Database } from '../src/database/db.ts'
import { migrate } from '../src/database/migrations.ts'
import { openDatabase } from '../src/database/open.ts'
import { appointment, category, measure, patient } from '../src/tables/clinic.ts'

interface Account {
  username: string
  password: string
}

/** The accounts of the database, each named after its role. */
export interface Accounts {
  user: Account
  admin: Account
}

const CATEGORIES = ['Heart rate', 'Blood pressure', 'Temperature', 'Weight', 'Oxygen'].map((name) => ({ name }))
const BATCH = 100 // patients per statement

const config = loadConfig(undefined, { withSecrets: false })
await migrate(config)
const db = await openDatabase(config, () => {})
await ensureRoles(db, FIXED_ROLES)
const accounts = createAccounts(db, createPasswords(config))
const user = await accounts.add({ username: 'caller', roles: ['user'] })
const admin = await accounts.add({ username: 'keeper', roles: ['admin'] })
await db.insert(category).values(CATEGORIES)
for (let left = Number(process.argv[2]); left > 0; left -= BATCH) await addPatients(db, Math.min(left, BATCH))
await db.connection.close()
process.send?.({ user, admin } satisfies Accounts)

/** Adds patients with 2 appointments of 2 measures each. */
async function addPatients(db: Database, count: number): Promise<void> {
  const people = Array.from({ length: count }, () => ({
    name: 'Ada',
    surname: 'Lovelace',
    birthday: '1815-12-10',
    comments: 'Seen on Monday.'
  }))
  const patients = await db.insert(patient).values(people).returning({ id: patient.id })
  const dates = ['2024-01-01T09:30:00Z', '2024-02-01T09:30:00Z']
  const visits = patients.flatMap(({ id }) => dates.map((date) => ({ patient_id: id, date })))
  const appointments = await db.insert(appointment).values(visits).returning({ id: appointment.id })
  const measured = { timestamp: '2024-02-01T09:41:00Z', category_id: 1 }
  await db.insert(measure).values(
    appointments.flatMap(({ id }) => [
      { ...measured, appointment_id: id, value: 59 },
      { ...measured, appointment_id: id, value: 66.5 }
    ])
  )
}
