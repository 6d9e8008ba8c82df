// TIME_ZONE: the pages show times in a zone, and read days as those of the zone.

import t, { type Test } from 'tap'
import { fromNow } from '../../src/instants.ts'
import { access_log, access_log_hour } from '../../src/tables/access-log.ts'
import { user } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { table } from '../support/page-content.ts'
import { text, visitor } from '../support/pages.ts'

t.test('times are shown in a zone with half hours, and the attributes stay in UTC', async (t) => {
  const { db, admin } = await open(t, 'Asia/Kolkata')
  const created_at = '2024-06-30T20:15:00Z'
  await db.insert(user).values({ username: 'zoe', password_hash: '-', created_at })
  const { payload } = await admin.get('/?q=zoe')
  t.equal(table(payload)[0]?.Added, '1 Jul 2024, 01:45')
  t.match(payload, `<time datetime="${created_at}">`)
  t.match(
    text(payload),
    /Times are those of Asia\/Kolkata \(UTC\+5:30\)\. It is now \d+ [A-Z]\w\w \d{4}, \d\d:\d\d ?\.$/
  )

  await db.insert(access_log).values(rowAt('2024-06-30T20:15:07.250Z', '/then'))
  const list = (await admin.get('/activity?address=192.0.2.1')).payload
  t.match(text(list), 'Time (Asia/Kolkata)')
  t.equal(table(list)[0]?.Time, '1 Jul 2024, 01:45:07')
  const [, row = ''] = /href="(\/activity\/\d+)"/.exec(list) ?? []
  t.match(text((await admin.get(row)).payload), 'Time (Asia/Kolkata) 1 Jul 2024, 01:45:07')

  await db
    .insert(access_log_hour)
    .values({ hour: `${fromNow(-2 * 3_600_000).slice(0, 13)}:00:00.000Z`, kind: 'success', requests: 1 })
  const [, labels = ''] = /<div class="hours"[^>]*>(.*?)<\/div>/.exec((await admin.get('/overview')).payload) ?? []
  const chart = text(labels).split(' ')
  t.equal(chart.length, 6)
  for (const hour of chart) t.match(hour, /^\d\d:30$/, 'the hours of the log begin at half past')
})

t.test('the foot names a zone as it is called there', async (t) => {
  const { admin } = await open(t, 'Europe/Berlin')
  t.match(text((await admin.get('/')).payload), /Times are those of Europe\/Berlin \((CET, UTC\+1|CEST, UTC\+2)\)\./)
})

t.test('a day of the filters has as many hours as it has in the zone', async (t) => {
  const { db, admin } = await open(t, 'Europe/Berlin')
  const times = {
    '2024-03-30T22:59:59Z': 'before the day of 23 hours',
    '2024-03-30T23:00:00Z': 'its first second',
    '2024-03-31T21:59:59.999Z': 'its last',
    '2024-03-31T22:00:00Z': 'after it',
    '2024-10-26T21:59:59Z': 'before the day of 25 hours',
    '2024-10-26T22:00:00Z': 'its first second',
    '2024-10-27T22:59:59.999Z': 'its last',
    '2024-10-27T23:00:00Z': 'after it'
  }
  await db.insert(access_log).values(Object.keys(times).map((time) => rowAt(time, `/${time}`)))
  const found = async (query: string) => {
    const { payload } = await admin.get(`/activity?address=192.0.2.1&${query}`)
    return [...payload.matchAll(/<time datetime="(2024[^"]*)"/g)].map(([, time]) => time).reverse()
  }
  const all = Object.keys(times)
  t.strictSame(await found('from=2024-03-31&to=2024-03-31'), all.slice(1, 3))
  t.strictSame(await found('from=2024-10-27&to=2024-10-27'), all.slice(5, 7))
  t.strictSame(await found('from=0001-01-01&to=9999-12-31'), all, 'the first and the last day')
  const csv = await admin.get('/activity/log.csv?address=192.0.2.1&from=2024-10-27&to=2024-10-27')
  t.match(csv.payload, '2024-10-26T22:00:00Z', 'cells stay in UTC')
  t.notMatch(csv.payload, '2024-10-26T21:59:59Z')
})

t.test('CSV files are named by the date of the zone', async (t) => {
  for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    const { admin } = await open(t, zone)
    for (const path of ['/activity/log.csv', '/users/users.csv']) {
      const today = () => new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format()
      const before = today()
      const name = /-(\d{4}-\d\d-\d\d)\.csv/.exec(String((await admin.get(path)).headers['content-disposition']))?.[1]
      t.ok([before, today()].includes(name ?? ''), `${zone} ${path}`)
    }
  }
})

async function open(t: Test, zone: string) {
  const { app, db, accounts } = await build(t, { TIME_ZONE: zone })
  const admin = visitor(app)
  await admin.signIn(await accounts.add({ username: 'grace', roles: ['admin'] }))
  return { db, admin }
}

function rowAt(time: string, path: string): typeof access_log.$inferInsert & { time: string } {
  const request = { method: 'GET', path, status: 200, duration_ms: 1, request_id: 'id', outcome: 'success' as const }
  return { time, username: 'zoe', address: '192.0.2.1', ...request }
}
