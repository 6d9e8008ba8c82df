// The server seals its rows as long as it runs, and verify can run beside it.

import { setTimeout as delay } from 'node:timers/promises'
import { isNotNull } from 'drizzle-orm'
import pg from 'pg'
import t from 'tap'
import { parseIds } from '../../plugins/access-log/chain.ts'
import { createAccessLog } from '../../plugins/access-log/log.ts'
import { access_log_seal } from '../../src/tables/access-log.ts'
import { buildOn, engine, environment, eventually, logRows } from '../support/app.ts'
import { startServer } from '../support/process.ts'
import { get, login, production } from '../support/production.ts'
import { startProxy } from '../support/proxy.ts'
import { accessLogCommand, sampleRow } from './sealed-log.ts'

t.test('rows are sealed within seconds, also after a moment in which there were none', async (t) => {
  const { db, env } = await production(t)
  const log = createAccessLog(db, env.ACCESS_LOG_KEY ?? '', (error) => {
    throw error
  })
  await log.sealer.start()
  const write = (count: number) => Promise.all(Array.from({ length: count }, () => log.write(sampleRow())))
  const sealedUpTo = async (id: number) => {
    const seals = await db.select().from(access_log_seal).where(isNotNull(access_log_seal.ids))
    return seals.some(({ last_id }) => last_id === id) || undefined
  }
  await write(1_500) // some of them arrive while the first are being sealed
  await eventually(() => sealedUpTo(1_500))
  await delay(1_500) // longer than a row waits for its seal: nothing happens that could be waited for
  await write(1)
  await eventually(() => sealedUpTo(1_501))
  await log.close()
})

t.test('verify passes while a server writes, and after it was killed', async (t) => {
  const { env, account, db } = await production(t)
  const server = await startServer(t, env)
  const { access_token } = await login(server.url, account)
  let isOver = false
  const clients = Array.from({ length: 8 }, async () => {
    while (!isOver) await get(server.url, '/api/nowhere', access_token).catch(() => {})
  })
  for (let round = 0; round < 3; round++) {
    const { code, output } = await accessLogCommand(env, 'verify')
    t.equal(code, 0, output)
  }
  server.child.kill('SIGKILL')
  isOver = true
  await Promise.all(clients)
  const { code, output } = await accessLogCommand(env, 'verify')
  t.equal(code, 0, output)
  t.ok((await logRows(db)).length > 100)
})

if (engine === 'postgres') {
  t.test('sealing goes on after it took long while rows were added', async (t) => {
    const { db, env } = await production(t)
    const log = createAccessLog(db, env.ACCESS_LOG_KEY ?? '', () => {})
    await log.sealer.start()
    const other = new pg.Client(env.DATABASE_URL)
    await other.connect()
    t.teardown(() => other.end())
    await other.query('begin; lock table access_log_seal in exclusive mode')
    // The attempt to seal the first rows waits for the lock, until its patience ends, and the next ones must follow nevertheless.
    for (const end = Date.now() + 2_500; Date.now() < end; await delay(20)) await log.write(sampleRow())
    await other.query('commit')
    const [last] = (await logRows(db)).slice(-1)
    const seals = () => db.select().from(access_log_seal).where(isNotNull(access_log_seal.ids))
    await eventually(async () => (await seals()).some(({ last_id }) => last_id === last?.id) || undefined)
    await log.close()
  })

  t.test('a row is sealed that was committed although the connection broke before the answer', async (t) => {
    const env = await environment(t)
    const proxy = await startProxy(t, new URL(env.DATABASE_URL ?? ''))
    const { db, signIn } = await buildOn(t, { ...env, DATABASE_URL: proxy.url })
    const caller = await signIn('user')
    await caller.get('/api/sample/')

    proxy.loseAnswerTo('append_access_log')
    const lost = await caller.get('/api/sample/')
    t.equal(lost.statusCode, 503)
    await caller.get('/api/sample/') // its row gets a higher id and is sealed first
    const row = (await logRows(db)).find(({ request_id }) => request_id === lost.headers['x-request-id'])
    t.match(row, { status: 200 }, 'the row was committed')

    const seals = () => db.select().from(access_log_seal).where(isNotNull(access_log_seal.ids))
    await eventually(
      async () => (await seals()).some(({ ids }) => parseIds(ids ?? '').includes(row?.id ?? 0)) || undefined
    )
    const { code, output } = await accessLogCommand(env, 'verify')
    t.equal(code, 0, output)
  })
}
