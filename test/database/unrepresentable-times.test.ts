// Another program may store a time that cannot be sent. All other rows are still sent.

import t from 'tap'
import { reportUnsendableTimes } from '../../plugins/scheduler/unsendable-times.ts'
import { build, engine, execute } from '../support/app.ts'
import { part } from '../support/part/table.ts'

const FIRST = '0001-01-01T00:00:00Z'
const LAST = '9999-12-31T23:59:59.999Z'

// [what another program stores, what is sent]
const INSTANTS: [string, string][] =
  engine === 'postgres'
    ? [
        ["'infinity'", LAST],
        ["'-infinity'", FIRST],
        ["'294000-01-01T00:00:00Z'", LAST],
        ["'0044-03-15T00:00:00Z BC'", FIRST]
      ]
    : [
        ["'tomorrow'", FIRST],
        ["x'00'", FIRST],
        ['9223372036854775807', LAST],
        ['-9e99', FIRST]
      ]
const DATES: [string, string][] =
  engine === 'postgres'
    ? [
        ["'infinity'", '9999-12-31'],
        ["'-infinity'", '0001-01-01'],
        ["'12000-01-01'", '9999-12-31'],
        ["'0044-03-15 BC'", '0001-01-01']
      ]
    : [
        ["'tomorrow'", '0001-01-01'],
        ['7', '0001-01-01']
      ]

t.test('a time that cannot be sent is sent as the nearest that can, with all other rows [H5, Q27]', async (t) => {
  const { app, db, log, signIn } = await build(t)
  const caller = await signIn('user')
  const { id } = (await caller.post('/api/sample/', { name: 'x' })).json()
  const seen_at = '2024-02-29T09:30:00Z'
  const ids: number[] = []
  const body = { sample_id: id, label: 'x', made_on: '2024-02-29', seen_at, amount: 1, done: true }
  for (const [column, values] of [
    ['seen_at', INSTANTS],
    ['made_on', DATES]
  ] as const) {
    for (const [stored, sent] of values) {
      const row = (await caller.post('/api/part/', body)).json()
      await execute(db, `update part set ${column} = ${stored} where id = ${row.id}`)
      const list = await caller.get('/api/part/')
      t.equal(list.statusCode, 200, `${column} = ${stored}`)
      t.match(list.json().parts.at(-1), { ...row, [column]: sent })
      ids.push(row.id)
    }
  }
  for (const last of [FIRST, LAST]) await caller.post('/api/part/', { ...body, seen_at: last, made_on: last })
  await reportUnsendableTimes(app, undefined, [part])
  t.match(log(), `"table":"part","found":${ids.length},"ids":${JSON.stringify(ids)}`, 'the log names the records')
})

t.test('an account whose time of creation cannot be sent is listed with the others', async (t) => {
  const { accounts, db } = await build(t)
  await accounts.add({ username: 'anna', roles: [] })
  await accounts.add({ username: 'grace', roles: [] })
  await execute(db, `update "user" set created_at = ${INSTANTS[0]?.[0]} where username = 'anna'`)
  t.match(await accounts.list(), [{ username: 'anna', created_at: INSTANTS[0]?.[1] }, { username: 'grace' }])
})
