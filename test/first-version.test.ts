// A database that the first version of this project has made.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listAccounts } from '../src/accounts.ts'
import { loadConfig } from '../src/config.ts'
import { migrate } from '../src/migrations.ts'
import { openDatabase } from '../src/open-database.ts'
import { buildOn, emptyDatabase, engine, environment, execute } from './support/app.ts'

const MIGRATION_FOLDER = join(import.meta.dirname, '../drizzle', engine)
const MIGRATIONS: unknown[] = JSON.parse(readFileSync(join(MIGRATION_FOLDER, 'meta/_journal.json'), 'utf8')).entries

t.test('a database of the first version, with rows in it, is brought to this one', async (t) => {
  const DATABASE_URL = await emptyDatabase(t)
  const folder = t.testdir()
  cpSync(MIGRATION_FOLDER, folder, { recursive: true })
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ entries: MIGRATIONS.slice(0, 1) }))
  t.equal(await migrate({ databaseUrl: DATABASE_URL }, folder), 1)
  const first = await openDatabase(loadConfig({ DATABASE_URL }, { withSecrets: false }), () => {})
  const now = engine === 'postgres' ? 'now()' : '0'
  await execute(first, `insert into "user" (username, password_hash, created_at) values ('anna', '-', ${now})`)
  await execute(first, `insert into session (id, user_id, data, expiry) values ('old', 1, '{}', ${now})`)
  await first.connection.close()

  const { app, db } = await buildOn(t, { ...(await environment(t)), DATABASE_URL })
  t.match(await listAccounts(db), [{ username: 'anna' }])
  t.equal((await app.inject({ url: '/health/ready' })).statusCode, 200)
})
