// While the database cannot be used, requests get 503 and the process lives on; afterwards everything works again.

import Sqlite from 'better-sqlite3'
import t from 'tap'
import { build, buildOn, engine, environment, eventually } from '../support/app.ts'
import { startProxy } from '../support/proxy.ts'
import { sqliteFile } from './statements.ts'

if (engine === 'sqlite') {
  t.test('a lock that lasts gives 503 with Retry-After, and the process lives on [T11, Q5]', async (t) => {
    const { app, env, signIn } = await build(t)
    const caller = await signIn('user')
    const other = new Sqlite(sqliteFile(env))
    t.teardown(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    const slow = caller.post('/api/sample/', { name: 'x' })
    t.equal((await app.inject('/health/live')).statusCode, 200)
    const response = await slow
    t.equal(response.statusCode, 503)
    t.match(response.headers, { 'retry-after': '1' })
    other.exec('COMMIT')
    t.equal((await caller.get('/api/sample/')).json().samples.length, 0)
  })
}

if (engine === 'postgres') {
  t.test('connections that break, idle or busy, cost at most a 503 [T10, Q7]', async (t) => {
    const env = await environment(t)
    const proxy = await startProxy(t, new URL(env.DATABASE_URL ?? ''))
    const { app, signIn } = await buildOn(t, { ...env, DATABASE_URL: proxy.url })
    const caller = await signIn('user')

    proxy.cut() // idle connections
    const again = await eventually(async () => {
      const response = await caller.get('/api/sample/')
      return response.statusCode === 200 ? response : undefined
    })
    t.equal(again.statusCode, 200)

    await proxy.stop()
    const down = await Promise.all([caller.get('/api/sample/'), caller.post('/api/sample/', { name: 'x' })])
    for (const response of down) {
      t.equal(response.statusCode, 503)
      t.match(response.headers, { 'retry-after': '1' })
      t.same(Object.keys(response.json()).sort(), ['code', 'error', 'message', 'requestId', 'statusCode'])
    }
    t.equal((await app.inject('/health/ready')).statusCode, 503)
    t.equal((await app.inject('/health/live')).statusCode, 200)

    await proxy.start()
    t.equal(
      await eventually(async () => ((await app.inject('/health/ready')).statusCode === 200 ? 'ready' : undefined)),
      'ready'
    )
    t.same((await caller.get('/api/sample/')).json().samples, [], 'a rejected request changed nothing')
  })
}
