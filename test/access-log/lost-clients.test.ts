// Clients that hang up before the response, or send something else after their request, still have their row.

import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { eventually, logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { rowsAfter } from '../support/log-rows.ts'
import { hangUpAt, type Progress, sendAndHangUp, sendRaw } from '../support/net.ts'
import { lockAccessLog } from './locked-log.ts'

t.test('a client that hangs up before the response is logged with its user name [E2, T1, Q26]', async (t) => {
  const { app, db, port, user, env } = await buildListening(t)
  const id = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
  const head = (line: string) => `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.access_token}\r\n`
  const body = 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
  const cases: [method: string, path: string, rest: string, progress: Progress][] = [
    ['GET', '/api/sample/', '\r\n', 'request'],
    ['PUT', `/api/sample/${id}`, body, 'end'],
    ['DELETE', `/api/sample/${id}`, body, 'end']
  ]
  for (const [method, path, rest, progress] of cases) {
    const before = (await logRows(db)).length
    const unlock = await lockAccessLog(env)
    await hangUpAt(progress, app, port, head(`${method} ${path}`) + rest)
    await unlock()
    const rows = await rowsAfter(db, before)
    t.strictSame(
      rows.map((row) => [row.method, row.path, row.username]),
      [[method, path, user.username]],
      `${method} ${path} has one row`
    )
    t.equal(rows[0]?.status, 200, 'with the status of the completed request')
  }
  t.equal((await user.get(`/api/sample/${id}`)).statusCode, 404, 'the record was deleted')

  const before = (await logRows(db)).length
  const storm = 20
  for (let round = 0; round < storm; round++) await sendAndHangUp(port, `${head('GET /api/part/')}\r\n`)
  const rows = await rowsAfter(db, before, storm)
  t.strictSame(new Set(rows.map((row) => row.username)), new Set([user.username]))
})

t.test('garbage after a request on the same connection does not change its row [E2]', async (t) => {
  const { db, port, user } = await buildListening(t)
  const followers: Record<string, string> = {
    'no HTTP': 'no HTTP at all\r\n\r\n',
    'headers too large': `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`
  }
  for (const [what, follower] of Object.entries(followers)) {
    const { id } = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>()
    const path = `/api/sample/${id}`
    const deletion = `DELETE ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.access_token}\r\n\r\n`
    await sendRaw(port, deletion + follower)
    const deletions = async () => (await logRows(db)).filter((row) => row.method === 'DELETE' && row.path === path)
    await eventually(async () => (await deletions())[0])
    t.equal((await user.get(path)).statusCode, 404, 'the record was deleted')
    t.strictSame(
      (await deletions()).map((row) => [row.username, row.status]),
      [[user.username, 200]],
      `the row has the user name although ${what} followed`
    )
  }
})

t.test(
  'a body that its client cuts off is the fault of the client, and is logged with status 499 [E2, E3]',
  async (t) => {
    const { db, port, user, log } = await buildListening(t)
    const ways = ['end', 'destroy', 'resetAndDestroy'] as const
    for (const way of ways) {
      const before = (await logRows(db)).length
      const socket = connect(port, '127.0.0.1')
      socket.write(
        `POST /api/sample/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.access_token}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n'
      )
      await once(socket, 'data') // 100 Continue: the server waits for the body
      socket.write('{')
      socket[way]()
      const rows = await rowsAfter(db, before)
      t.match(rows, [{ method: 'POST', path: '/api/sample/', username: user.username, status: 499 }], way)
    }
    t.notMatch(log(), /"level":50/, 'nobody can raise an alarm in this way')
  }
)
