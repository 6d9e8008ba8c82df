// The database layer: transactions, locks, driver errors, migrations, outages, and the clean-up of what has expired.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { cleanUp } from '../src/clean-up.ts'
import { loadConfig } from '../src/config.ts'
import { atomically, type Database, databaseFailure, run } from '../src/db.ts'
import { fromNow } from '../src/instants.ts'
import { migrate } from '../src/migrations.ts'
import { openDatabase } from '../src/open-database.ts'
import { login_failure, refresh_token, session } from '../src/tables/account.ts'
import { build, buildOn, emptyDatabase, engine, environment, eventually, execute, withToken } from './support/app.ts'
import { part } from './support/part/table.ts'
import { sample } from './support/sample/table.ts'

const MIGRATION_FOLDER = join(import.meta.dirname, '../drizzle', engine)
const MIGRATIONS: { idx: number; when: number; tag: string }[] = JSON.parse(
  readFileSync(join(MIGRATION_FOLDER, 'meta/_journal.json'), 'utf8')
).entries
const CLIENT = { address: '127.0.0.1', client: 'a test' }
const DAY = 86_400_000

t.test('H8: a transaction that fails leaves nothing behind, and takes no other request with it', async (t) => {
  const { db } = await build(t)
  const failing = atomically(db, function* (tx) {
    yield* run(tx.insert(sample).values({ name: 'inside' }))
    throw new Error('changed my mind')
  })
  const [outcome] = await Promise.allSettled([failing, db.insert(sample).values({ name: 'outside' })])
  t.match(outcome, { status: 'rejected', reason: { message: 'changed my mind' } })
  t.same(await names(db), ['outside'])
})

t.test('no one sees half a transaction, and no other write lands inside one', async (t) => {
  const { db } = await build(t)
  const pairs = Array.from({ length: 20 }, () =>
    atomically(db, function* (tx) {
      yield* run(tx.insert(sample).values({ name: 'first' }))
      yield* run(tx.insert(sample).values({ name: 'second' }))
    })
  )
  const counts = Array.from({ length: 40 }, () => db.$count(sample))
  await Promise.all(pairs)
  for (const count of await Promise.all(counts)) t.equal(count % 2, 0, `${count} rows were seen`)
  t.equal(await db.$count(sample), 40)
})

t.test('a driver error is told by its kind, whichever engine it came from', async (t) => {
  const { db } = await build(t)
  const [row] = await db.insert(sample).values({ name: 'a' }).returning()
  const orphan = db.insert(part).values({ sample_id: 4711, label: 'x', seen_at: fromNow(), amount: 1, done: false })
  const twice = db.insert(login_failure).values([1, 2].map(() => ({ key: 'k', failures: 1, expiry: fromNow() })))
  const failures = await Promise.all(
    [orphan, twice].map((statement) => statement.then(() => undefined, databaseFailure))
  )
  t.same(failures, ['reference', 'unique'])
  t.equal(databaseFailure(new Error('no driver')), undefined)
  t.equal(databaseFailure(Object.assign(new Error(''), { code: 'SQLITE_FULL' })), 'unavailable')
  t.equal(databaseFailure(Object.assign(new Error(''), { code: '57P01' })), 'unavailable')
  t.equal(databaseFailure(new AggregateError([Object.assign(new Error(''), { code: 'ECONNREFUSED' })])), 'unavailable')
  t.ok(row)
})

if (engine === 'sqlite') {
  t.test('J5: the SQLite file is private, in WAL mode, with foreign keys, and synced at every commit', async (t) => {
    const { db, env } = await build(t, { SQLITE_SYNCHRONOUS: 'FULL' })
    const file = env.DATABASE_URL?.replace('file:', '') ?? ''
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.equal(statSync(`${file}-wal`).mode & 0o777, 0o600)
    const settings = await Promise.all(
      ['journal_mode', 'foreign_keys', 'synchronous'].map((name) =>
        (db as unknown as { get(query: string): Promise<[unknown]> }).get(`pragma ${name}`)
      )
    )
    t.same(settings.flat(), ['wal', 1, 2])
  })

  t.test('T11: a lock of another process delays a write, without stopping the event loop', async (t) => {
    const { db, env } = await build(t)
    const other = new Sqlite(env.DATABASE_URL?.replace('file:', '') ?? '')
    t.teardown(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    let turns = 0
    const write = Promise.all([
      db.insert(sample).values({ name: 'plain' }),
      atomically(db, function* (tx) {
        yield* run(tx.insert(sample).values({ name: 'atomic' }))
      })
    ])
    while (turns < 20) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      turns++
    }
    t.same(await names(db), [], 'reads go on meanwhile')
    other.exec('COMMIT')
    await write
    t.same((await names(db)).sort(), ['atomic', 'plain'])
  })

  t.test('T11: a lock that lasts gives 503 and Retry-After, and the process lives on', async (t) => {
    const { app, env, signIn } = await build(t)
    const caller = await signIn('user')
    const other = new Sqlite(env.DATABASE_URL?.replace('file:', '') ?? '')
    t.teardown(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    const slow = caller.post('/api/sample/', { name: 'x' })
    t.equal((await app.inject('/health/live')).statusCode, 200)
    const answer = await slow
    t.equal(answer.statusCode, 503)
    t.match(answer.headers, { 'retry-after': '1' })
    other.exec('COMMIT')
    t.equal((await caller.get('/api/sample/')).json().samples.length, 0)
  })
}

if (engine === 'postgres') {
  t.test('a deadlock is resolved by trying again', async (t) => {
    const { db } = await build(t)
    const rows = await db
      .insert(sample)
      .values([{ name: 'a' }, { name: 'b' }])
      .returning()
    const [a = 0, b = 0] = rows.map((row) => row.id)
    const rename = (first: number, second: number, name: string) =>
      atomically(db, function* (tx) {
        yield* run(tx.update(sample).set({ name }).where(eq(sample.id, first)))
        yield* run(tx.select().from(sample))
        yield* run(tx.update(sample).set({ name }).where(eq(sample.id, second)))
      })
    for (let round = 0; round < 5; round++) {
      await Promise.all([rename(a, b, `x${round}`), rename(b, a, `y${round}`)])
      const left = await db.select().from(sample)
      t.equal(left[0]?.name, left[1]?.name)
    }
  })

  t.test('T10: connections that break, idle or busy, cost at most a 503', async (t) => {
    const env = await environment(t)
    const proxy = await startProxy(t, new URL(env.DATABASE_URL ?? ''))
    const { app, signIn } = await buildOn(t, { ...env, DATABASE_URL: proxy.url })
    const caller = await signIn('user')

    proxy.cut() // idle connections
    const again = await eventually(async () => {
      const answer = await caller.get('/api/sample/')
      return answer.statusCode === 200 ? answer : undefined
    })
    t.equal(again.statusCode, 200)

    await proxy.stop()
    const down = await Promise.all([caller.get('/api/sample/'), caller.post('/api/sample/', { name: 'x' })])
    for (const answer of down) {
      t.equal(answer.statusCode, 503)
      t.match(answer.headers, { 'retry-after': '1' })
      t.same(Object.keys(answer.json()).sort(), ['code', 'error', 'message', 'requestId', 'statusCode'])
    }
    t.equal((await app.inject('/health/ready')).statusCode, 503)
    t.equal((await app.inject('/health/live')).statusCode, 200)

    await proxy.start()
    t.equal(
      await eventually(async () => ((await app.inject('/health/ready')).statusCode === 200 ? 'ready' : undefined)),
      'ready'
    )
    t.same((await caller.get('/api/sample/')).json().samples, [], 'what was refused was not done')
  })
}

t.test('T15: of several processes that migrate at once one does it, and the others find it done', async (t) => {
  const DATABASE_URL = await emptyDatabase(t)
  const script = join(import.meta.dirname, '../scripts/migrate.ts')
  const outputs = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = spawn(process.execPath, [script], { env: { ...process.env, DATABASE_URL }, cwd: '/' })
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

t.test('a migration that fails half-way leaves the database as it was; a newer database is refused', async (t) => {
  const DATABASE_URL = await emptyDatabase(t)
  const folder = t.testdir()
  cpSync(MIGRATION_FOLDER, folder, { recursive: true })
  const journal = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8'))
  const last = journal.entries.at(-1)
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: 'more' })
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify(journal))
  writeFileSync(join(folder, 'more.sql'), 'create table half (id integer);\n--> statement-breakpoint\nnonsense;')

  t.equal(await migrate({ databaseUrl: DATABASE_URL }), MIGRATIONS.length)
  await t.rejects(migrate({ databaseUrl: DATABASE_URL }, folder), { message: /^DATABASE_URL: .*nonsense/ })
  writeFileSync(join(folder, 'more.sql'), 'create table half (id integer);')
  t.equal(await migrate({ databaseUrl: DATABASE_URL }, folder), 1, 'half did not exist')
  await t.rejects(migrate({ databaseUrl: DATABASE_URL }), { message: /newer version/ }, 'J6')
})

t.test(
  'K1, K6: what has expired is deleted, in batches; what has not, and a spent token of a living family, stays',
  async (t) => {
    const { app, db, signIn } = await build(t)
    const caller = await signIn('user')
    const jti = claim(caller.refresh_token, 'jti')
    await app.tokens.rotate(jti, CLIENT)
    const old = (key: string) => ({ key, failures: 1, expiry: fromNow(-1000) })
    await db.insert(login_failure).values(Array.from({ length: 2500 }, (_, index) => old(`old-${index}`)))
    await db.insert(login_failure).values({ key: 'fresh', failures: 1, expiry: fromNow(60_000) })
    const opened = { user_id: caller.id, credentials_version: 1, created: fromNow(), last_used: fromNow(), ...CLIENT }
    await db.insert(session).values([
      { ...opened, id: 'old', expiry: fromNow(-1) },
      { ...opened, id: 'fresh', expiry: fromNow(60_000) }
    ])
    await db
      .update(refresh_token)
      .set({ expiry: fromNow(-DAY) })
      .where(eq(refresh_token.jti, jti))

    t.equal(await cleanUp(db), 2501)
    t.same(
      (await db.select({ key: login_failure.key }).from(login_failure)).map((row) => row.key),
      ['fresh']
    )
    t.same(
      (await db.select({ id: session.id }).from(session)).map((row) => row.id),
      ['fresh']
    )
    t.equal(await db.$count(refresh_token), 2)

    await db.update(refresh_token).set({ family_expiry: fromNow(-1) })
    t.equal(await cleanUp(db), 2)
    t.equal((await withToken(app, 'GET', '/api/sample/', caller.access_token)).statusCode, 401, 'K2')
  }
)

t.test('K3: two instances that clean up at once delete each row once, without an error', async (t) => {
  const { db, env } = await build(t)
  const other = await openDatabase(loadConfig(env), () => {})
  t.teardown(() => other.connection.close())
  const rows = Array.from({ length: 3000 }, (_, index) => ({ key: `k${index}`, failures: 1, expiry: fromNow(-1) }))
  await db.insert(login_failure).values(rows)
  const deleted = await Promise.all([cleanUp(db), cleanUp(other)])
  t.equal((deleted[0] ?? 0) + (deleted[1] ?? 0) + (await cleanUp(db)), 3000)
  t.equal(await db.$count(login_failure), 0)
})

t.test('K1, K5: the server cleans up by the clock; a run that fails is logged and the next one runs', async (t) => {
  const { db, log } = await build(t, { CLEANUP_INTERVAL: '0.01' })
  await execute(db, 'alter table login_failure rename to elsewhere')
  t.ok(await eventually(() => log().includes('clean-up failed') || undefined))
  await execute(db, 'alter table elsewhere rename to login_failure')
  await db.insert(login_failure).values({ key: 'old', failures: 1, expiry: fromNow(-1) })
  const left = await eventually(async () => ((await db.$count(login_failure)) === 0 ? 0 : undefined))
  t.equal(left, 0)
  t.ok(await eventually(() => log().includes('expired rows deleted') || undefined))
})

async function names(db: Database): Promise<string[]> {
  return (await db.select().from(sample)).map((row) => row.name)
}

function claim(token: string, name: string): string {
  return String(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())[name])
}

/** A proxy before PostgreSQL whose connections can be cut, and which can be away. */
async function startProxy(t: Test, target: URL) {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const url = new URL(target)
  url.port = String(port)

  function cut() {
    for (const socket of sockets) socket.destroy()
  }
  async function stop() {
    const closed = once(server, 'close')
    server.close()
    cut()
    await closed
  }
  t.teardown(() => {
    cut()
    server.close()
  })
  return {
    url: String(url),
    cut,
    stop,
    start: async () => {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    }
  }
}
