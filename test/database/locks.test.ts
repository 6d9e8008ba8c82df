// Locks: a lock is held until its transaction ends, and a write waits for the lock of another SQLite process.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/database/open.ts'
import { atomically } from '../../src/database/transactions.ts'
import { build, engine } from '../support/app.ts'
import { sample } from '../support/sample/table.ts'
import { namesOf, nextTurn, sqliteFile } from './statements.ts'

t.test('a transaction waits while another instance holds the same lock', async (t) => {
  const { db, env } = await build(t)
  const other = await openDatabase(loadConfig(env), () => {})
  t.teardown(() => other.connection.close())
  const order: string[] = []
  const isLocked = Promise.withResolvers<void>()
  const first = atomically(db, async (tx) => {
    await db.connection.lock(tx, 'administrators')
    isLocked.resolve()
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    order.push('first')
  })
  await isLocked.promise
  const second = atomically(other, async (tx) => {
    await other.connection.lock(tx, 'administrators')
    order.push('second')
  })
  await Promise.all([first, second])
  t.same(order, ['first', 'second'])
})

if (engine === 'postgres') {
  t.test('tryLock returns false while another transaction holds the lock, and true after its end', async (t) => {
    const { db } = await build(t)
    const tryIt = () => atomically(db, (tx) => db.connection.tryLock(tx, 'administrators'))
    await atomically(db, async (tx) => {
      await db.connection.lock(tx, 'administrators')
      t.equal(await tryIt(), false)
    })
    t.equal(await tryIt(), true)
  })
}

if (engine === 'sqlite') {
  t.test('a lock of another connection delays a write, without stopping the event loop [T11, Q5]', async (t) => {
    const { db, env } = await build(t)
    const other = new Sqlite(sqliteFile(env))
    t.teardown(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    let turns = 0
    const write = Promise.all([
      db.insert(sample).values({ name: 'plain' }),
      atomically(db, async (tx) => {
        await tx.insert(sample).values({ name: 'atomic' })
      })
    ])
    while (turns < 20) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      turns++
    }
    t.same(await namesOf(db), [], 'reads go on meanwhile')
    other.exec('COMMIT')
    await write
    t.same(await namesOf(db), ['atomic', 'plain'])
  })

  t.test('a write waits until another process has committed, and keeps both changes [T11]', async (t) => {
    const { db, env } = await build(t)
    const other = await lockInAnotherProcess(t, sqliteFile(env))
    const write = atomically(db, async (tx) => {
      await tx.insert(sample).values({ name: 'ours' })
      return (await tx.select().from(sample)).map((row) => row.name)
    })
    t.same(await namesOf(db), [], 'what the other process has not committed is not visible')
    await other.commit()
    t.same(await write, ['theirs', 'ours'])
  })
}

/** Starts a process that inserts a sample and holds the lock of the file until `commit` is called. */
async function lockInAnotherProcess(t: Test, file: string) {
  const program = `
    import Sqlite from 'better-sqlite3'
    const connection = new Sqlite(${JSON.stringify(file)})
    connection.exec("begin immediate; insert into sample (name) values ('theirs')")
    process.stdout.write('locked')
    process.stdin.once('data', () => {
      connection.exec('commit')
      process.exit()
    })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: import.meta.dirname })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return {
    async commit(): Promise<void> {
      const exit = once(child, 'exit')
      child.stdin.write('commit')
      await exit
    }
  }
}
