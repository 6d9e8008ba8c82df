// Many records in one request: all of them are added, or none.

import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, type Caller, execute, logRows } from '../support/app.ts'

const PATH = '/api/part/batch'
const part = (change: object = {}) => ({
  sample_id: 1,
  label: 'Scale',
  seen_at: '2024-02-29T09:30:00Z',
  amount: 72.5,
  count: 3,
  done: true,
  ...change
})
const many = (count: number) => Array.from({ length: count }, (_, index) => part({ count: index }))

t.test('a thousand records are added, and the ids are in the order of the records', async (t) => {
  const { user } = await start(t)
  const response = await user.post(PATH, many(1000))
  t.equal(response.statusCode, 201)
  const { ids } = response.json<{ ids: number[] }>()
  t.equal(new Set(ids).size, 1000)
  for (const place of [0, 99, 100, 999]) {
    t.equal((await user.get(`/api/part/${ids[place]}`)).json<{ count: number }>().count, place)
  }
})

t.test('if records are wrong, none is added, and each wrong one is named by its place', async (t) => {
  const { user } = await start(t)
  const invalid = many(1000).map((record, index) => (index % 2 === 0 ? record : { ...record, label: 5, extra: 1 }))
  const { details } = (await user.post(PATH, invalid)).json<{ details: { field: string; message: string }[] }>()
  t.equal(details.length, 500)
  t.match(details[499], { field: /^999\.(label|extra)$/ })

  const missing = [part(), part({ sample_id: 77 }), part(), part({ sample_id: 78 })]
  const unknown = await user.post(PATH, missing)
  const message = 'refers to a record that does not exist'
  t.match(unknown.json(), {
    statusCode: 400,
    details: [
      { field: '1.sample_id', message },
      { field: '3.sample_id', message }
    ]
  })

  for (const [body, field, reason] of [
    [many(1001), 'body', 'must have at most 1000 records'],
    [[], 'body', /1/],
    [part(), 'body', 'must be an array'],
    [[1, null, 'x'], '0', 'must be an object']
  ] as [object, string, string | RegExp][]) {
    const response = await user.post(PATH, body)
    t.equal(response.statusCode, 400, response.payload)
    t.match(response.json(), { details: [{ field, message: reason }] })
  }
  const long = await user.post(
    PATH,
    many(200).map((record) => ({ ...record, note: 'x'.repeat(5000) }))
  )
  t.match(long.json(), { statusCode: 413, message: 'The body is larger than 1000 kB' })
  t.strictSame((await user.get('/api/part/')).json(), { parts: [], next: null })
})

t.test('of records whose values must be unique, each that repeats one is named', async (t) => {
  const { user, app } = await start(t)
  await execute(app.db, 'create unique index part_label_unique on part (label)')
  await execute(app.db, 'create unique index part_seen on part (seen_at)')
  await user.post('/api/part/', part({ label: 'Known', seen_at: '2024-01-01T00:00:00Z' }))
  const seconds = ['01', '02', '03', '04']
  const labels = ['New', 'Known', 'Twice', 'Twice']
  const repeated = seconds.map((second, place) =>
    part({ label: labels[place], seen_at: `2024-01-01T00:00:${second}Z` })
  )
  const message = 'already exists'
  t.match((await user.post(PATH, repeated)).json(), {
    statusCode: 409,
    details: [
      { field: '1.label', message },
      { field: '3.label', message }
    ]
  })
  const times = [part({ label: 'A' }), part({ label: 'B', seen_at: '2024-01-01T01:00:00+01:00' })]
  t.match((await user.post(PATH, times)).json().details, [{ field: '1.seen_at', message }], 'however it is written')
  t.equal((await user.get('/api/part/')).json<{ parts: unknown[] }>().parts.length, 1)
})

t.test('a request that is sent twice with an Idempotency-Key adds its records once [L14]', async (t) => {
  const { user } = await start(t)
  const key = { 'idempotency-key': randomUUID() }
  const [first, again] = [await user.call('POST', PATH, many(3), key), await user.call('POST', PATH, many(3), key)]
  t.equal(again.payload, first.payload)
  t.equal((await user.call('POST', PATH, many(2), key)).statusCode, 422)
  t.equal((await user.get('/api/part/')).json<{ parts: unknown[] }>().parts.length, 3)
})

t.test('the row of the log names everybody whose data was added or refused, and roles decide who may', async (t) => {
  const { user, db, signIn } = await start(t)
  await user.post('/api/sample/', { name: 'Height' })
  await user.post(PATH, [part(), part({ sample_id: 2 }), part()])
  await user.post(PATH, [part({ sample_id: 2, label: 5 })])
  const other = await signIn('auditor')
  t.equal((await other.post(PATH, [part()])).statusCode, 403)
  t.equal((await user.get('/api/part/')).json<{ parts: unknown[] }>().parts.length, 3)
  const rows = (await logRows(db)).filter(({ path }) => path === PATH)
  t.strictSame(
    rows.map(({ status, action, subjects }) => [status, action, subjects]),
    [
      [201, 'create', ' sample:1 sample:2 '],
      [400, 'create', ' sample:2 '],
      [403, 'create', null]
    ]
  )
})

async function start(t: Parameters<typeof build>[0]) {
  const server = await build(t)
  const user: Caller = await server.signIn('user')
  await user.post('/api/sample/', { name: 'Weight' })
  return { ...server, user }
}
