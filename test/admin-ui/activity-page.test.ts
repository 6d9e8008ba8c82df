// The page that shows the access log to administrators and auditors.

import t, { type Test } from 'tap'
import { access_log } from '../../src/tables/access-log.ts'
import { addRecord } from '../support/add-record.ts'
import { build } from '../support/app.ts'
import { text, visitor } from '../support/pages.ts'
import { sample } from '../support/sample/table.ts'

t.test(
  'the filters find what was done by whom, to which record, from where, and with which result [E16]',
  async (t) => {
    const { server, reader } = await openActivity(t)
    const [user, other] = [await server.signIn('user'), await server.signIn('user')]
    const [first, second] = [await addRecord(server.db, sample), await addRecord(server.db, sample)]
    await user.get(`/api/sample/${first}`)
    await other.get(`/api/sample/${second}`)
    await server.app.inject({ url: `/api/sample/${first}`, remoteAddress: '192.0.2.9' })
    await server.app.inject({ url: '/static/style.css', remoteAddress: '192.0.2.9' })

    const paths = async (query: string) => {
      const { statusCode, payload } = await reader.get(`/activity?${query}`)
      t.equal(statusCode, 200, query)
      return [...payload.matchAll(/<code>(\/(?:api\/sample|static)[^<]*)/g)].map(([, path]) => path)
    }
    const [one, two] = [`/api/sample/${first}`, `/api/sample/${second}`]
    t.strictSame(await paths(''), [one, two, one], 'the newest first, without the style sheet')
    t.strictSame(await paths(`user=${user.username}`), [one])
    t.strictSame(await paths(`user=%20${user.username.toUpperCase()}`), [one], 'names are read as at the login')
    t.strictSame(await paths(`record=sample/${first}`), [one, one])
    t.strictSame(await paths(`record=sample/${first}&user=Anonymous`), [one])
    t.strictSame(await paths('address=192.0.2.9&view=refused'), [one])
    t.strictSame(await paths('outcome=refused'), [one])
    t.strictSame(await paths('route=/api/sample/:id&method=get&outcome=success'), [two, one])
    t.strictSame(await paths('user=%25'), [], '% is no wildcard')
    t.strictSame(await paths('from=2001-01-01&to=2001-12-31'), [])
    t.strictSame(await paths('from=0001-01-01&to=9999-12-31'), [one, two, one], 'the first and the last day')
    t.strictSame(await paths('before=nonsense'), [one, two, one], 'a place that no row can have is ignored')
    t.strictSame(await paths(`from=${new Date().toISOString().slice(0, 10)}`), [one, two, one])
  }
)

t.test('the views show failed sign-ins and the changes of administrators', async (t) => {
  const { server, reader, admin } = await openActivity(t)
  const user = await server.signIn('user')
  const payload = { username: user.username, password: 'not the password' }
  await server.app.inject({ method: 'POST', url: '/api/auth/', payload })
  await server.app.inject({ method: 'POST', url: '/api/auth/', payload: { ...payload, username: 'typed-secret' } })
  const failed = (await reader.get('/activity?view=failed-sign-ins')).payload
  t.match(text(failed), `${user.username} tried sign in /api/auth/ user ${user.id}`)
  t.match(text(failed), 'Anonymous sign in /api/auth/')
  t.notMatch(failed, 'typed-secret')

  await admin.submit(`/users/${user.id}/disable`, `/users/${user.id}/disable`)
  const changes = text((await reader.get('/activity?view=changes')).payload)
  t.match(changes, `grace disable /users/${user.id}/disable user ${user.id}`)
  t.notMatch(changes, 'sign in')
})

t.test('a row opens with everything that is known of the request, and an unknown one is a 404', async (t) => {
  const { server, reader } = await openActivity(t)
  const user = await server.signIn('user')
  const id = await addRecord(server.db, sample)
  await user.get(`/api/sample/${id}`)
  const list = await reader.get(`/activity?user=${user.username}`)
  const [, address = ''] = /href="(\/activity\/\d+)"/.exec(list.payload) ?? []
  const page = await reader.get(address)
  t.equal(page.statusCode, 200)
  for (const words of [
    `User ${user.username} (account ${user.id})`,
    'Roles then user',
    'Identified by token ',
    `sample ${id}`
  ])
    t.match(text(page.payload), words)
  for (const place of ['999999999', 'nonsense', '0', '01', '1.5', '-1', '9'.repeat(16)])
    t.equal((await reader.get(`/activity/${place}`)).statusCode, 404, place)
})

t.test('older rows follow page by page, each once', async (t) => {
  const { server, reader } = await openActivity(t)
  const day = '2020-01-01T00:00'
  // Many rows of the same moment, so that the time alone does not tell them apart.
  const rows = Array.from({ length: 120 }, (_, index) => rowAt(`${day}:0${index % 3}Z`, `/${index}`))
  await server.db.insert(access_log).values(rows)
  const seen: string[] = []
  for (let page: string | undefined = '/activity?address=192.0.2.1'; page; ) {
    const { payload } = await reader.get(page)
    seen.push(...[...payload.matchAll(/<code>(\/\d+)</g)].map(([, path = '']) => path))
    page = /href="([^"]+)" rel="next"/.exec(payload)?.[1]?.replaceAll('&amp;', '&')
  }
  t.equal(seen.length, 120)
  t.equal(new Set(seen).size, 120)
})

t.test('a search through many rows ends early, says how far it came, and goes on from there', async (t) => {
  const { server, reader } = await openActivity(t)
  const wanted = { ...rowAt('2020-01-01T00:00:00Z', '/wanted'), method: 'DELETE' }
  await server.db.insert(access_log).values(wanted)
  for (let batch = 0; batch < 60; batch++) {
    await server.db
      .insert(access_log)
      .values(Array.from({ length: 500 }, () => rowAt('2021-01-01T00:00:00Z', '/other')))
  }
  let found = ''
  let page: string | undefined = '/activity?method=DELETE'
  for (let pages = 0; page && !found; pages++) {
    const { payload } = await reader.get(page)
    found = /<code>\/wanted</.exec(payload)?.[0] ?? ''
    if (!found) t.match(text(payload), 'Searched back to 1 Jan 2021, 00:00')
    page = /href="([^"]+)" rel="next"/.exec(payload)?.[1]?.replaceAll('&amp;', '&')
    if (pages > 100) throw new Error('the search never ends')
  }
  t.ok(found)
})

t.test('an invalid filter is explained next to its field and shows no rows', async (t) => {
  const { reader } = await openActivity(t)
  for (const [query, message] of [
    ['record=user', 'Record must be a table and an id'],
    ['record=user/99999999999', 'Record must be a table and an id'],
    ['from=2023-02-30', 'From must be a date'],
    ['to=x', 'To must be a date'],
    ['outcome=good', 'Result must be one of']
  ] as const) {
    const { statusCode, payload } = await reader.get(`/activity?${query}`)
    t.equal(statusCode, 400, query)
    t.match(text(payload), message)
    t.notMatch(payload, '<tbody')
  }
  t.equal((await reader.get('/activity?page=2')).statusCode, 400)
})

async function openActivity(t: Test) {
  const server = await build(t)
  const admin = visitor(server.app)
  await admin.signIn(await server.accounts.add({ username: 'grace', roles: ['admin'] }))
  const reader = visitor(server.app)
  await reader.signIn(await server.accounts.add({ username: 'otto', roles: ['auditor'] }))
  return { server, admin, reader }
}

function rowAt(time: string, path: string, address = '192.0.2.1'): typeof access_log.$inferInsert & { time: string } {
  const request = { method: 'GET', path, status: 200, duration_ms: 1, request_id: 'id', outcome: 'success' as const }
  return { time, username: 'zoe', address, ...request }
}
