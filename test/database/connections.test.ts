// Every connection gets the settings that the rest of the program relies on.

import { statSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import t from 'tap'
import { build, engine } from '../support/app.ts'
import { sqliteFile } from './statements.ts'

if (engine === 'sqlite') {
  t.test(
    'the SQLite file is private, in WAL mode, with foreign keys, and synced at every commit [J5, Q2]',
    async (t) => {
      const { db, env } = await build(t, { SQLITE_SYNCHRONOUS: 'FULL' })
      const file = sqliteFile(env)
      t.equal(statSync(file).mode & 0o777, 0o600)
      t.equal(statSync(`${file}-wal`).mode & 0o777, 0o600)
      const settings = await Promise.all(
        ['journal_mode', 'foreign_keys', 'synchronous'].map((name) =>
          (db as unknown as { get(query: string): Promise<[unknown]> }).get(`pragma ${name}`)
        )
      )
      t.same(settings.flat(), ['wal', 1, 2])
    }
  )
}

if (engine === 'postgres') {
  t.test('a PostgreSQL connection uses UTC, waits 1.1 s for a lock, and ends statements after 5 s [T10]', async (t) => {
    const { db } = await build(t)
    const setting = async (name: string) =>
      Object.values((await db.execute(sql.raw(`show ${name}`))).rows[0] ?? {}).join()
    t.equal(await setting('TimeZone'), 'UTC')
    t.equal(await setting('statement_timeout'), '5s')
    t.equal(await setting('lock_timeout'), '1100ms')
    t.equal(await setting('idle_in_transaction_session_timeout'), '5s')
  })
}
