// Requests that are rejected before they reach a route, by Node or by Fastify, are logged like all others.

import t from 'tap'
import { logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { rowsAfter } from '../support/log-rows.ts'
import { hangUpAt, sendRaw } from '../support/net.ts'

const { app, db, port, user } = await buildListening(t)
const bearer = `Authorization: Bearer ${user.access_token}`
const json = 'Content-Type: application/json'

type Row = [username: string, method: string, path: string, status: number]

t.test('a request that reaches no route has exactly one row [E3, T2]', async (t) => {
  const anonymous = (path: string, status: number, method = 'GET'): Row => ['Anonymous', method, path, status]
  const byUser = (status: number): Row => [user.username, 'POST', '/api/sample/', status]
  const long = `/api/sample/${'1'.repeat(101)}`
  const cases: [bytes: string, row: Row][] = [
    [get('/%zz'), anonymous('/%zz', 400)],
    [get('/api/sample/%'), anonymous('/api/sample/%', 400)],
    [get('/api/sample/%c3%28', bearer), anonymous('/api/sample/%c3%28', 400)],
    [get(long), anonymous(long, 414)],
    [get('/health/live', `A: ${'a'.repeat(17_000)}`), anonymous('/health/live', 431)],
    [get(`/${'a'.repeat(17_000)}`), anonymous(`/${'a'.repeat(999)}`, 431)],
    [post(json, 'Content-Length: 200000'), byUser(413)],
    [`${post(json, 'Transfer-Encoding: chunked')}1ffff\r\n${'a'.repeat(0x1ffff)}\r\n0\r\n\r\n`, byUser(413)],
    [`${post('Content-Type: text/plain', 'Content-Length: 1')}x`, byUser(415)],
    [`${post('Content-Length: 1')}x`, byUser(415)],
    [post(json, 'Content-Encoding: gzip', 'Content-Length: 0'), ['Anonymous', 'POST', '/api/sample/', 415]],
    [
      `${request('POST /api/auth/ HTTP/1.1', 'Host: x', json, 'Transfer-Encoding: chunked')}z\r\n`,
      anonymous('/api/auth/', 400, 'POST')
    ],
    [request('GET /health/live HTTP/1.1'), anonymous('/health/live', 400)],
    [get('/health/live', 'Host: y'), anonymous('/health/live', 400)],
    [get('/health/live', 'Expect: junk'), anonymous('/health/live', 417)],
    ['CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n', anonymous('x:443', 405, 'CONNECT')],
    [get('/health/live', 'A : b'), anonymous('/health/live', 400)],
    ['GET /health/live HTTP/1.1\nHost: x\n\n', anonymous('/health/live', 400)],
    ['no HTTP at all\r\n\r\n', anonymous('-', 400, '-')],
    ['\x16\x03\x01\x02\x00', anonymous('-', 400, '-')]
  ]
  const start = (await logRows(db)).length
  for (const [index, [bytes, row]] of cases.entries()) {
    const what = `${row[3]} ${JSON.stringify(bytes.slice(0, 40))}`
    const response = await sendRaw(port, Buffer.from(bytes, 'latin1'))
    t.match(response, new RegExp(`^HTTP/1\\.1 ${row[3]} `), what)
    const [found] = await rowsAfter(db, start + index)
    t.strictSame([found?.username, found?.method, found?.path, found?.status], row, what)
    t.equal(found?.address, '127.0.0.1')
  }
  t.equal((await logRows(db)).length, start + cases.length, 'one row each')
})

t.test(
  'a client that hangs up in the middle of its body has exactly one row, with an error status [E3, T2]',
  async (t) => {
    const start = (await logRows(db)).length
    await hangUpAt('resume', app, port, `${post(json, 'Content-Length: 100')}{"name":`)
    const [row] = await rowsAfter(db, start)
    t.strictSame([row?.username, row?.method, row?.path], [user.username, 'POST', '/api/sample/'])
    t.ok(Number(row?.status) >= 400, 'an incomplete body is an error')
    t.equal((await logRows(db)).length, start + 1)
  }
)

function request(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`
}

function get(path: string, ...headers: string[]): string {
  return request(`GET ${path} HTTP/1.1`, 'Host: x', ...headers)
}

function post(...headers: string[]): string {
  return request('POST /api/sample/ HTTP/1.1', 'Host: x', bearer, ...headers)
}
