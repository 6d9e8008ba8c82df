// A SQLite file that is lost, replaced or damaged while the server runs: nothing that is lost is acknowledged.

import { copyFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { build, engine, eventually } from '../support/app.ts'
import { execute } from '../support/process.ts'
import { sqliteFile } from './statements.ts'

type Harm = (file: string) => unknown

const HARMS: Record<string, Harm> = {
  deleted: (file) => rmSync(file),
  'deleted with the files beside it': (file) => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix)
  },
  'deprived of its log': (file) => rmSync(`${file}-wal`),
  emptied: (file) => truncateSync(file),
  replaced: (file) => {
    copyFileSync(file, `${file}.other`)
    renameSync(`${file}.other`, file)
  }
}

if (engine === 'sqlite') {
  for (const [harm, damage] of Object.entries(HARMS)) {
    t.test(`no change is confirmed once the file was ${harm} [L12, E5, Q6]`, async (t) => {
      const { app, env, log, signIn } = await build(t)
      const caller = await signIn('user')
      t.equal((await caller.post('/api/sample/', { name: 'kept' })).statusCode, 201)
      await damage(sqliteFile(env))
      for (const response of [
        await caller.post('/api/sample/', { name: 'lost' }),
        await caller.get('/api/sample/'),
        await caller.delete('/api/sample/1')
      ]) {
        t.equal(response.statusCode, 503)
        t.match(response.headers, { 'retry-after': '1' })
        t.notMatch(response.payload, /kept|lost/)
      }
      t.equal((await app.inject('/health/ready')).statusCode, 503)
      t.equal((await app.inject('/health/live')).statusCode, 200)
      t.match(log(), /SQLITE_READONLY_DBMOVED/)
    })
  }

  t.test('a file that was overwritten is not ready, and then no change is confirmed [L12]', async (t) => {
    const { app, env, signIn } = await build(t)
    const caller = await signIn('user')
    // In another process: closing the file here would end the locks of SQLite.
    await execute('dd', ['if=/dev/urandom', `of=${sqliteFile(env)}`, 'conv=notrunc', 'bs=4096', 'count=200'])
    t.equal((await app.inject('/health/ready')).statusCode, 503)
    t.equal((await caller.post('/api/sample/', { name: 'lost' })).statusCode, 503)
  })

  t.test('a lock that lasts makes the server not ready, until it ends [L12, I6]', async (t) => {
    const { app, env } = await build(t)
    const other = openAnother(t, sqliteFile(env))
    other.exec('begin immediate')
    t.equal((await app.inject('/health/ready')).statusCode, 503)
    t.equal((await app.inject('/health/live')).statusCode, 200)
    other.exec('commit')
    t.ok(await eventually(async () => (await app.inject('/health/ready')).statusCode === 200 || undefined))
  })
}

function openAnother(t: Test, file: string): Sqlite.Database {
  const connection = new Sqlite(file)
  t.teardown(() => connection.close())
  return connection
}
