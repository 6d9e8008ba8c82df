// The overview: counts, requests by hour, changes, and what needs an administrator.

import t from 'tap'
import { perEngine } from '../../src/database/columns.ts'
import { fromNow } from '../../src/instants.ts'
import { access_log_hour } from '../../src/tables/access-log.ts'
import { user } from '../../src/tables/account.ts'
import { build, buildOn, execute } from '../support/app.ts'
import { login } from '../support/logins.ts'
import { text, visitor } from '../support/pages.ts'
import { openWindow } from './web-sessions.ts'

const DAY = 86_400_000

t.test(
  'the overview counts accounts, devices, locked accounts and failed sign-ins, and says what needs somebody',
  async (t) => {
    const server = await build(t, { LOGIN_FAILURES: '1' })
    const { app, db, accounts } = server
    const admin = visitor(app)
    const grace = await accounts.add({ username: 'grace', roles: ['admin'] })
    const { username, password } = grace
    const start = await admin.submit('/login', '/login', { username, password })
    t.match(start, { statusCode: 302, headers: { location: '/overview' } }, 'it is the start')
    t.match(text((await admin.get('/overview')).payload), /Needs you Nothing at the moment\./)

    const off = await accounts.add({ username: 'off', roles: [] })
    await accounts.setDisabled(off.id, true)
    const locked = await accounts.add({ username: 'locked', roles: ['user'] })
    await login(app, { username: 'locked', password: 'not the password' })
    await db.insert(user).values({ username: 'unused', password_hash: '-', created_at: fromNow(-40 * DAY) })
    await db.insert(access_log_hour).values([
      { hour: `${fromNow(-3_600_000).slice(0, 13)}:00:00.000Z`, kind: 'failed sign-in', requests: 7 },
      { hour: fromNow(-30 * 3_600_000), kind: 'failed sign-in', requests: 1_000 }
    ])
    const page = await admin.get('/overview')
    const words = text(page.payload)
    for (const found of [
      /4 users 1 disabled/,
      /1 device signed in/,
      /1 account locked/,
      /[78] failed sign-ins, 24 h/,
      /1 administrator /,
      /locked is locked/,
      /1 account has never signed in and is older than 30 days/,
      /server added off no role .* server added grace admin/,
      /Database (SQLite|PostgreSQL), \d/,
      /Access log \d+ rows since \d+ [A-Z]\w\w \d{4}, /
    ])
      t.match(words, found)

    const undone = await admin.submit('/overview', `/users/${locked.id}/unlock`)
    t.match(undone, { statusCode: 302, headers: { location: '/overview' } }, 'one click unlocks')
    t.match(text((await admin.get('/overview')).payload), /0 accounts locked/)
  }
)

t.test('requests are counted by hour, answered and refused, also those that were only counted', async (t) => {
  const before = await build(t, { RATE_LIMIT: '5' })
  for (let number = 0; number < 12; number++)
    await before.app.inject({ url: '/api/sample/', remoteAddress: '192.0.2.7' })
  await before.app.inject({ url: '/nowhere', remoteAddress: '192.0.2.8' })
  await before.app.close() // which seals its rows
  const { app, accounts } = await buildOn(t, before.env)
  const admin = visitor(app)
  await admin.signIn(await accounts.add({ username: 'grace', roles: ['admin'] }))
  const { payload } = await admin.get('/overview')
  const hours = [...payload.matchAll(/<\/time><\/th><td>(\d+)<\/td><td>(\d+)<\/td>/g)].map(([, ...counts]) =>
    counts.map(Number)
  )
  t.equal(hours.length, 24)
  const sum = (column: number) => hours.reduce((total, counts) => total + (counts[column] ?? 0), 0)
  t.strictSame([sum(0), sum(1)], [1, 12])
  const bars = [...payload.matchAll(/<title>from \d\d:00: (\d+) answered, (\d+) refused<\/title>/g)]
  t.strictSame(
    bars.map(([, ...counts]) => counts.map(Number)),
    hours,
    'the chart says the same as the table'
  )
  t.match(text(payload), /at most (12|13) an hour/)
})

t.test('an access log of more than ten million rows needs somebody, unless old rows are removed', async (t) => {
  const server = await build(t)
  const { app, db, accounts } = server
  const admin = visitor(app)
  const grace = await accounts.add({ username: 'grace', roles: ['admin'] })
  await admin.signIn(grace)
  await execute(
    db,
    perEngine(
      () => 'alter table access_log alter column id restart with 20000000',
      () => "update sqlite_sequence set seq = 20000000 where name = 'access_log'"
    )
  )
  await admin.get('/account')
  t.match(text((await admin.get('/overview')).payload), /The access log has 20,000,\d+ rows, and keeps them for ever/)

  const other = await buildOn(t, { ...server.env, ACCESS_LOG_RETENTION_DAYS: '3650' })
  const same = openWindow(admin, other.app)
  t.match(text((await same.get('/overview')).payload), /Needs you Nothing at the moment\./)
})
