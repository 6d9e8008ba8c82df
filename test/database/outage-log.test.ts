// While the database is away every request fails. The process log says so once, and again when it works.

import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { build, buildOn, engine, environment, eventually, execute } from '../support/app.ts'
import { startProxy } from '../support/proxy.ts'
import { sqliteFile } from './statements.ts'

t.test('an outage makes one line at its start, and one at its end that counts the errors [E5]', async (t) => {
  const { server, stop, start } = await withOutages(t)
  const caller = await server.signIn('user')
  const lines = () =>
    server
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":50') || line.includes('"the database works again"'))
      .map((line) => JSON.parse(line))

  await stop()
  for (let round = 0; round < 3; round++) {
    const responses = await Promise.all(Array.from({ length: 10 }, () => caller.get('/api/sample/')))
    t.same(new Set(responses.map(({ statusCode }) => statusCode)), new Set([503]))
  }
  t.equal(lines().length, 1)
  t.match(lines()[0], {
    msg: 'the database is unavailable; from now on errors are counted',
    reqId: /-/,
    err: { failure: 'unavailable' }
  })

  await server.app.accessLog.idle() // the rows of these requests are lost, too
  await start()
  await eventually(async () => ((await caller.get('/api/sample/')).statusCode === 200 ? true : undefined))
  t.equal(lines().length, 2)
  t.match(lines()[1], { level: 40, msg: 'the database works again' })
  t.ok(lines()[1].errors >= 30)
})

t.test('an error that only one request meets has a line of its own', async (t) => {
  const { log, db, signIn } = await build(t)
  const caller = await signIn('user')
  await execute(db, 'alter table sample rename to elsewhere')
  for (let count = 0; count < 3; count++) t.equal((await caller.get('/api/sample/')).statusCode, 500)
  t.equal(log().split('"request failed"').length - 1, 3)
})

/** A server whose database can be taken away and brought back. */
async function withOutages(t: Test) {
  if (engine === 'sqlite') {
    const server = await build(t)
    const other = new Sqlite(sqliteFile(server.env))
    t.teardown(() => other.close())
    return { server, stop: async () => other.exec('begin immediate'), start: async () => other.exec('commit') }
  }
  const env = await environment(t)
  const proxy = await startProxy(t, new URL(env.DATABASE_URL ?? ''))
  const server = await buildOn(t, { ...env, DATABASE_URL: proxy.url })
  return { server, stop: proxy.stop, start: proxy.start }
}
