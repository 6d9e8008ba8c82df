// Behind a pooler such as PgBouncer, each transaction may run in another session of PostgreSQL, and a connection cannot
// start with settings.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import t, { type Test } from 'tap'
import { atomically } from '../../src/database/transactions.ts'
import { buildOn, engine, environment } from '../support/app.ts'

const SETTINGS = sql.raw(`select array[
  current_setting('TimeZone'),
  current_setting('statement_timeout'),
  current_setting('lock_timeout'),
  current_setting('idle_in_transaction_session_timeout')
] as list`)

if (engine === 'postgres') {
  t.test('behind a pooler the server starts, and every statement has its limits and UTC [T10, H5]', async (t) => {
    const env = await environment(t)
    await inAnotherZone(env.DATABASE_URL ?? '')
    const pooler = await startPooler(t, new URL(env.DATABASE_URL ?? ''))
    const { app, db, signIn } = await buildOn(t, { ...env, DATABASE_URL: pooler.url })
    const expected = ['UTC', '5s', '1100ms', '5s']
    t.same((await db.execute(SETTINGS)).rows, [{ list: expected }])
    t.same(await atomically(db, async (tx) => (await tx.execute(SETTINGS)).rows), [{ list: expected }])

    const caller = await signIn('user')
    const { id } = (await caller.post('/api/sample/', { name: 'x' })).json()
    const seen_at = '2024-02-29T09:30:00.5Z'
    const part = { sample_id: id, label: 'x', made_on: '2024-02-29', seen_at, amount: 1, done: true }
    const created = await caller.post('/api/part/', part)
    t.match(created.json(), { made_on: '2024-02-29', seen_at: '2024-02-29T09:30:00.500Z' })
    t.equal((await app.inject('/health/ready')).statusCode, 200)
    t.notMatch(pooler.received(), /token_holder/, 'no statement has a name that other sessions do not know')
  })
}

/** Gives the database a time zone other than UTC, as an administrator may. */
async function inAnotherZone(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`alter database ${new URL(url).pathname.slice(1)} set timezone = 'America/St_Johns'`)
  await client.end()
}

/** Starts a proxy in front of PostgreSQL that, like PgBouncer, rejects connections that start with settings. */
async function startPooler(t: Test, target: URL) {
  const received: Buffer[] = []
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.on('close', () => upstream.destroy())
    client.once('data', (startup) => {
      if (/\0(options|statement_timeout|lock_timeout|idle_in_transaction_session_timeout)\0/.test(`${startup}`)) {
        return client.end(errorResponse('08P01', 'unsupported startup parameter'))
      }
      upstream.write(startup)
      client.on('data', (data) => received.push(data))
      client.pipe(upstream).pipe(client)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = new URL(target)
  url.port = String((server.address() as { port: number }).port)
  return { url: String(url), received: () => Buffer.concat(received).toString('latin1') }
}

/** An ErrorResponse of PostgreSQL's protocol. */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`)
  const head = Buffer.alloc(5, 'E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}
