// Searches of rows that have been sealed: the index leads to the blocks that have what is wanted.

import t, { type Test } from 'tap'
import { build } from '../support/app.ts'
import { visitor } from '../support/pages.ts'
import { sampleRow, writeRows } from './sealed-log.ts'

const DAY = 24 * 60 * 60_000

t.test('every filter finds its rows in thousands of others, in whichever block they are', async (t) => {
  const { find, write } = await openLog(t)
  const old = new Date(Date.now() - 3 * DAY).toISOString()
  const others = Array.from({ length: 1_499 }, () => sampleRow({ time: old, path: '/other' }))
  const wanted = {
    user: { username: 'ada', path: '/by-user' },
    address: { address: '192.0.2.99', path: '/by-address' },
    method: { method: 'PUT', path: '/by-method' },
    route: { route: '/rare/:id', path: '/by-route' },
    outcome: { outcome: 'failed', status: 500, path: '/by-outcome' },
    record: { subjects: ' sample:7 sample:77 sample:777 ', path: '/by-record' },
    signIn: { route: '/login', action: 'execute', outcome: 'refused', status: 401, path: '/by-view' },
    change: { credential: 'session abc', action: 'update', path: '/by-change' }
  } as const
  for (const change of Object.values(wanted)) {
    await write([...others, sampleRow({ time: old, ...change })])
  }
  t.strictSame(await find('user=ada'), ['/by-user'])
  t.strictSame(await find('address=192.0.2.99'), ['/by-address'])
  t.strictSame(await find('method=put'), ['/by-method'])
  t.strictSame(await find('route=/rare/:id'), ['/by-route'])
  t.strictSame(await find('outcome=failed'), ['/by-outcome'])
  t.strictSame(await find('record=sample/77'), ['/by-record'])
  t.strictSame(await find('view=failed-sign-ins'), ['/by-view'])
  t.strictSame(await find('view=changes'), ['/by-change'])
  t.strictSame(await find('record=sample/777&user=zoe'), ['/by-record'])
  t.strictSame(await find('record=sample/777&user=ada'), [])
  t.strictSame(await find('user=%25'), [])
})

t.test(
  'a search by day finds rows in the order in which they were written, also after a clock was set back',
  async (t) => {
    const { find, write } = await openLog(t)
    const at = (days: number, path: string) =>
      sampleRow({ time: new Date(Date.now() - days * DAY).toISOString(), path })
    await write([at(5, '/five'), at(3, '/three'), at(4, '/back to four'), at(2, '/two')])
    const day = (days: number) => new Date(Date.now() - days * DAY).toISOString().slice(0, 10)
    const between = (from: number, to: number) => `user=zoe&from=${day(from)}&to=${day(to)}`
    t.strictSame(await find(between(4, 4)), ['/back to four'])
    t.strictSame(await find(between(5, 3)), ['/back to four', '/three', '/five'])
    t.strictSame(await find(between(9, 6)), [])
    t.strictSame(await find(`user=zoe&from=${day(3)}`), ['/two', '/three'])
    t.strictSame(await find(`from=${day(4)}&to=${day(4)}`), ['/back to four'])
  }
)

async function openLog(t: Test) {
  const server = await build(t)
  const reader = visitor(server.app)
  await reader.signIn(await server.accounts.add({ username: 'otto', roles: ['auditor'] }))
  return {
    write: (rows: Parameters<typeof writeRows>[2]) => writeRows(server.db, server.config.accessLogKey, rows),
    /** Returns the paths on the first page of a search. */
    async find(query: string): Promise<string[]> {
      const { payload } = await reader.get(`/activity?${query}`)
      return [...payload.matchAll(/<code>([^<]+)<\/code>/g)].map(([, path = '']) => path)
    }
  }
}
