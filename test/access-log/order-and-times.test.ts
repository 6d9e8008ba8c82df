// Rows keep the order of events, their times are UTC, and no route can change them.

import type { InjectOptions } from 'fastify'
import t from 'tap'
import { build, logRows } from '../support/app.ts'

t.test('ids grow, and times are UTC in every time zone of the process [E13]', async (t) => {
  const { app, db } = await build(t)
  const zone = process.env.TZ
  t.teardown(() => setZone(zone))
  const zones = ['UTC', 'Pacific/Kiritimati', 'America/New_York']
  const start = new Date().toISOString()
  for (const name of zones) {
    setZone(name)
    await app.inject('/nowhere')
  }
  const end = new Date().toISOString()
  const rows = await logRows(db)
  t.equal(rows.length, zones.length)
  for (const { time } of rows) t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const times = rows.map((row) => row.time)
  t.strictSame([start, ...times, end], [start, ...times, end].sort(), 'in the order of events')
  const ids = rows.map((row) => Number(row.id))
  t.ok(
    ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0)),
    'ids grow'
  )
  for (const name of zones) {
    setZone(name)
    t.strictSame(await logRows(db), rows, `read in ${name}`)
  }
})

t.test('no route changes or deletes a row [E14]', async (t) => {
  const { app, db, signIn } = await build(t)
  const user = await signIn('user', 'admin')
  await user.get('/api/sample/')
  const before = await logRows(db)
  t.ok(before.length > 0)
  const routes = app.routePolicies()
  for (const { method, path } of routes) {
    for (const payload of [undefined, {}, { id: 1, username: 'x', path: 'x' }]) {
      await user.call(method as InjectOptions['method'], path.replace(':id', '1'), payload)
    }
  }
  for (const path of ['/api/access_log/', '/api/access-log/', '/access_log/1', '/api/log/1']) {
    for (const method of ['DELETE', 'PUT', 'PATCH', 'POST'] as const) {
      t.equal((await user.call(method, path, {})).statusCode, 404)
    }
  }
  const after = await logRows(db)
  t.strictSame(after.slice(0, before.length), before)
  t.equal(after.length, before.length + routes.length * 3 + 16, 'each request added one row')
})

function setZone(name: string | undefined): void {
  if (name === undefined) delete process.env.TZ
  else process.env.TZ = name
}
