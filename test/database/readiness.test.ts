// /health/ready says whether the database can be read and written. What happens to a SQLite file is in lost-file.test.ts.

import { sql } from 'drizzle-orm'
import pg from 'pg'
import t, { type Test } from 'tap'
import { build, engine, eventually, execute } from '../support/app.ts'

if (engine === 'postgres') {
  t.test('a PostgreSQL that only reads is not ready, until it writes again [I6]', async (t) => {
    const { app, db, env } = await build(t)
    const admin = await connectAdmin(t, env.DATABASE_URL ?? '')
    const name = new URL(env.DATABASE_URL ?? '').pathname.slice(1)
    const becomes = (status: number) =>
      eventually(async () => (await app.inject('/health/ready')).statusCode === status || undefined)
    const setReadOnly = async (value: 'on' | 'off') => {
      await admin.query(`alter database ${name} set default_transaction_read_only = ${value}`)
      await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
        [name]
      )
    }
    t.ok(await becomes(200))
    await setReadOnly('on')
    t.ok(await becomes(503))
    t.equal((await app.inject('/health/live')).statusCode, 200)
    t.equal((await db.execute(sql.raw('show transaction_read_only'))).rows[0]?.transaction_read_only, 'on')
    await setReadOnly('off')
    t.ok(await becomes(200))
  })

  t.test('while an administrator locks a table, requests for it get 503 and others are answered [T10]', async (t) => {
    const { app, env, log, signIn } = await build(t)
    const caller = await signIn('user')
    const admin = await connectAdmin(t, env.DATABASE_URL ?? '')
    await admin.query('begin; lock table sample in access exclusive mode')
    const waiting = caller.get('/api/sample/')
    t.equal((await caller.get('/api/part/')).statusCode, 200)
    t.equal((await app.inject('/health/ready')).statusCode, 200)
    t.equal((await waiting).statusCode, 503, 'before the administrator is done')
    t.match(log(), /"code":"55P03"/, 'PostgreSQL gave up waiting for the lock')
    await admin.query('rollback')
    t.equal((await caller.get('/api/sample/')).statusCode, 200)
  })

  t.test('20 calls at once share one check of the database', async (t) => {
    const { app, db } = await build(t)
    await execute(db, 'create sequence checks')
    await execute(
      db,
      `create function count_check() returns trigger language plpgsql as $$ begin
         perform nextval('checks');
         return null;
       end $$`
    )
    await execute(
      db,
      `create trigger count_check after update on drizzle.__drizzle_migrations
         for each statement execute function count_check()`
    )
    const responses = await Promise.all(Array.from({ length: 20 }, () => app.inject('/health/ready')))
    for (const { statusCode } of responses) t.equal(statusCode, 200)
    t.same((await db.execute(sql.raw('select last_value::integer as checks from checks'))).rows, [{ checks: 1 }])
  })
}

async function connectAdmin(t: Test, connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  t.teardown(() => client.end())
  return client
}
