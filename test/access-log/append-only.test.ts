// The database refuses to change or remove rows of the access log.

import t from 'tap'
import { build, buildOn, engine, execute, logRows } from '../support/app.ts'

t.test('the database refuses to change or remove rows of the access log [E14]', async (t) => {
  const { db, signIn } = await build(t)
  const user = await signIn('user')
  await user.get('/api/sample/7')
  const before = await logRows(db)
  t.ok(before.length > 1)
  const attempts = [
    "update access_log set username = 'nobody'",
    'update access_log set status = 200 where id = 1',
    'delete from access_log where id = 1',
    'delete from access_log',
    ...(engine === 'postgres' ? ['truncate access_log'] : [])
  ]
  for (const statement of attempts) await t.rejects(execute(db, statement), statement)
  t.same(await logRows(db), before)
})

t.test('a trigger that is missing is added at the next start', async (t) => {
  const { db, env } = await build(t)
  const dropped = engine === 'postgres' ? 'refuse_change on access_log' : 'access_log_refuse_delete'
  await execute(db, `drop trigger ${dropped}`)
  const again = await buildOn(t, env)
  await again.app.inject('/nowhere')
  await t.rejects(execute(again.db, 'delete from access_log'))
})
