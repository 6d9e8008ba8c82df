// Migrations: all or none, one process at a time, from older databases only, and without touching rows.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { migrate } from '../../src/database/migrations.ts'
import { openDatabase } from '../../src/database/open.ts'
import { role, user, user_role } from '../../src/tables/account.ts'
import { buildOn, emptyDatabase, engine, environment, execute } from '../support/app.ts'
import { folderWithOneMore } from './migrations.ts'
import { sqliteFile } from './statements.ts'

const ROOT = join(import.meta.dirname, '../..')
const MIGRATION_FOLDER = join(ROOT, 'drizzle', engine)
const MIGRATIONS: unknown[] = JSON.parse(readFileSync(join(MIGRATION_FOLDER, 'meta/_journal.json'), 'utf8')).entries

t.test('if several processes migrate at once, one does it and the others find it done [T15, Q18]', async (t) => {
  const DATABASE_URL = await emptyDatabase(t)
  const outputs = await Promise.all(
    [1, 2, 3].map(async () => {
      const env = { ...process.env, DATABASE_URL }
      const child = spawn(process.execPath, [join(ROOT, 'scripts/migrate.ts')], { env, cwd: '/' })
      let output = ''
      child.stdout.on('data', (chunk) => {
        output += chunk
      })
      const [code] = await once(child, 'close')
      return `${code} ${output.trim()}`
    })
  )
  t.same(outputs.sort(), [
    `0 ${MIGRATIONS.length} migration(s) applied.`,
    '0 The database is up to date.',
    '0 The database is up to date.'
  ])
})

t.test('a migration that fails half-way changes nothing [H8, Q17]', async (t) => {
  const databaseUrl = await emptyDatabase(t)
  t.equal(await migrate({ databaseUrl }), MIGRATIONS.length)
  const broken = folderWithOneMore(t, 'create table half (id integer);\n--> statement-breakpoint\nnonsense;')
  await t.rejects(migrate({ databaseUrl }, { folder: broken }), { message: /^DATABASE_URL: .*nonsense/ })
  const repaired = folderWithOneMore(t, 'create table half (id integer);')
  t.equal(await migrate({ databaseUrl }, { folder: repaired }), 1, 'the table half did not exist')
})

t.test('a database that newer code has migrated is rejected [J6, Q19]', async (t) => {
  const databaseUrl = await emptyDatabase(t)
  const newer = folderWithOneMore(t, 'create table newer (id integer);')
  t.equal(await migrate({ databaseUrl }, { folder: newer }), MIGRATIONS.length + 1)
  await t.rejects(migrate({ databaseUrl }), { message: /newer version/ })
})

t.test('the rows of an older database are still there after its migration [J6]', async (t) => {
  const databaseUrl = await emptyDatabase(t)
  await migrate({ databaseUrl })
  const older = await open(t, databaseUrl)
  const [{ id: user_id } = { id: 0 }] = await older
    .insert(user)
    .values({ username: 'anna', password_hash: '-', created_at: '2024-02-29T12:00:00Z' })
    .returning()
  const [{ id: role_id } = { id: 0 }] = await older.insert(role).values({ name: 'night-shift' }).returning()
  await older.insert(user_role).values({ user_id, role_id })

  const newer = folderWithOneMore(t, remarkForUsers(databaseUrl))
  t.equal(await migrate({ databaseUrl }, { folder: newer }), 1)
  t.equal(await migrate({ databaseUrl }, { folder: newer }), 0)
  const migrated = await open(t, databaseUrl)
  await execute(migrated, `update "user" set remark = 'the column is there'`)
  t.match(await migrated.select().from(user), [{ id: user_id, username: 'anna' }])
  t.same(await migrated.select().from(user_role), [{ user_id, role_id }], 'dropping the old table deleted no reference')
})

t.test('a server starts on an empty database and on one that is up to date [J6]', async (t) => {
  const DATABASE_URL = await emptyDatabase(t)
  const env = { ...(await environment(t)), DATABASE_URL }
  const { accounts } = await buildOn(t, env)
  const { id } = await accounts.add({ username: 'anna', roles: [] })
  const second = await buildOn(t, env)
  t.match(await second.accounts.list(), [{ id, username: 'anna' }])
  t.equal((await second.app.inject('/health/ready')).statusCode, 200)
})

async function open(t: Test, DATABASE_URL: string): Promise<Database> {
  const db = await openDatabase(loadConfig({ DATABASE_URL }, { withSecrets: false }), () => {})
  t.teardown(() => db.connection.close())
  return db
}

/** Returns a migration that adds a column to the users. On SQLite it rebuilds the table, as drizzle-kit often does. */
function remarkForUsers(databaseUrl: string): string {
  if (engine === 'postgres') return 'alter table "user" add column remark text;'
  const connection = new Sqlite(sqliteFile({ DATABASE_URL: databaseUrl }))
  const table = connection.prepare("select sql from sqlite_master where name = 'user'").pluck().get() as string
  connection.close()
  return [
    table.replace('`user` (', '__new_user (remark text,'),
    'insert into __new_user select null, * from "user"',
    'drop table "user"',
    'alter table __new_user rename to "user"',
    'create unique index user_username_unique on "user" (username)'
  ].join(';\n--> statement-breakpoint\n')
}
