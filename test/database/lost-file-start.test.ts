// The server does not begin anew by mistake where a SQLite database was lost.

import { existsSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { migrate } from '../../src/database/migrations.ts'
import { emptyDatabase, engine } from '../support/app.ts'
import { execute } from '../support/process.ts'
import { sqliteFile } from './statements.ts'

const SCRIPT = join(import.meta.dirname, '../../scripts/migrate.ts')

if (engine === 'sqlite') {
  t.test('a file that is missing or empty where a database was ends the start with its name [L12, Q6]', async (t) => {
    for (const lose of [rmSync, (file: string) => truncateSync(file)]) {
      const { databaseUrl, file } = await migrated(t)
      lose(file)
      await t.rejects(migrate({ databaseUrl }), {
        message: `DATABASE_URL: ${file} is missing or empty, but there was a database. Restore it, or make an empty one: npm run db:create`
      })
      t.ok((await migrate({ databaseUrl }, { anew: true })) > 0)
      t.equal(await migrate({ databaseUrl }), 0)
    }
  })

  t.test('npm run db:create makes an empty database where one was lost [L12]', async (t) => {
    const { databaseUrl, file } = await migrated(t)
    rmSync(file)
    const { code, output } = await execute(process.execPath, [SCRIPT, '--anew'], {
      env: { ...process.env, DATABASE_URL: databaseUrl }
    })
    t.match(`${code} ${output}`, /^0 \d+ migration/)
    t.equal(await migrate({ databaseUrl }), 0)
  })

  t.test('a restored file is accepted [L12]', async (t) => {
    const { databaseUrl, file } = await migrated(t)
    renameSync(file, `${file}.backup`)
    await t.rejects(migrate({ databaseUrl }))
    renameSync(`${file}.backup`, file)
    t.equal(await migrate({ databaseUrl }), 0)
  })

  t.test('the database of another program is not touched [L12]', async (t) => {
    const databaseUrl = await emptyDatabase(t)
    const file = sqliteFile({ DATABASE_URL: databaseUrl })
    const foreign = new Sqlite(file)
    foreign.exec('create table bookmark (id integer)')
    for (const anew of [false, true]) {
      await t.rejects(migrate({ databaseUrl }, { anew }), {
        message: `DATABASE_URL: ${file} is not a database of this server. Restore the right file; or move this one away and run: npm run db:create`
      })
    }
    t.same(foreign.prepare('select name from sqlite_schema').pluck().all(), ['bookmark'])
    foreign.close()
  })

  t.test('a database without tables where there were some ends the start [L12]', async (t) => {
    const { databaseUrl, file } = await migrated(t)
    rmSync(file)
    const empty = new Sqlite(file)
    empty.pragma('journal_mode = WAL')
    empty.close()
    await t.rejects(migrate({ databaseUrl }), { message: /is not a database of this server/ })
    t.ok((await migrate({ databaseUrl }, { anew: true })) > 0)
  })

  t.test('the log of a lost file, with its changes, is kept [L12]', async (t) => {
    const { databaseUrl, file } = await migrated(t)
    rmSync(file)
    writeFileSync(`${file}-wal`, 'changes')
    for (const anew of [false, true]) {
      await t.rejects(migrate({ databaseUrl }, { anew }), {
        message: `DATABASE_URL: ${file} is missing or empty, but ${file}-wal has changes of it. Restore the file, or move both away`
      })
    }
    t.ok(existsSync(`${file}-wal`))
  })
}

async function migrated(t: Test) {
  const databaseUrl = await emptyDatabase(t)
  await migrate({ databaseUrl })
  return { databaseUrl, file: sqliteFile({ DATABASE_URL: databaseUrl }) }
}
