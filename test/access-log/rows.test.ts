// Every request adds one row that says who did what, from where, and with which result.

import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { build, execute, logRows } from '../support/app.ts'

t.test('every request adds exactly one row with its user, address, method, path and status [E1]', async (t) => {
  const { app, db, signIn } = await build(t)
  const user = await signIn('user')
  const admin = await signIn('admin')
  const before = (await logRows(db)).length

  const name = user.username
  const json = { 'content-type': 'application/json' }
  const requests: [username: string, status: number, method: InjectOptions['method'], url: string, body?: string][] = [
    [name, 201, 'POST', '/api/sample/', '{"name":"Weight"}'],
    [name, 200, 'GET', '/api/sample/1'],
    [name, 200, 'HEAD', '/api/sample/1'],
    [name, 200, 'PUT', '/api/sample/1', '{"name":"Mass"}'],
    [name, 200, 'PATCH', '/api/sample/1', '{}'],
    [name, 400, 'POST', '/api/sample/', '{"name":5}'],
    [name, 400, 'POST', '/api/sample/', '{'],
    [name, 415, 'POST', '/api/sample', 'name=5'],
    [name, 413, 'POST', '/api/sample/', ' '.repeat(102_401)],
    [name, 404, 'GET', '/api/sample/999'],
    [name, 400, 'GET', '/api/sample/x'],
    [name, 200, 'DELETE', '/api/sample/1'],
    [admin.username, 403, 'GET', '/api/sample/'],
    ['Anonymous', 401, 'GET', '/api/sample/'],
    ['Anonymous', 401, 'HEAD', '/api/sample/'],
    ['Anonymous', 400, 'POST', '/api/auth/', '{"username":5}'],
    [name, 200, 'POST', '/api/auth/', JSON.stringify({ username: name, password: user.password })],
    ['Anonymous', 404, 'GET', '/nowhere'],
    ['Anonymous', 404, 'POST', '/nowhere'],
    ['Anonymous', 302, 'GET', '/'],
    ['Anonymous', 403, 'POST', '/roles'],
    ['Anonymous', 200, 'GET', '/login'],
    ['Anonymous', 200, 'GET', '/static/style.css'],
    ['Anonymous', 405, 'PUT', '/api/sample/'],
    ['Anonymous', 204, 'OPTIONS', '/api/sample/'],
    ['Anonymous', 200, 'GET', '/health/live'],
    ['Anonymous', 200, 'HEAD', '/health/ready'],
    [name, 500, 'GET', '/api/part/']
  ]
  const responses: LightMyRequestResponse[] = []
  for (const [username, status, method, url, payload] of requests) {
    if (status === 500) await execute(db, 'alter table part rename to part_away')
    const caller = [user, admin].find((account) => account.username === username)
    const response = await app.inject({
      method,
      url,
      remoteAddress: '192.0.2.33',
      headers: {
        ...(caller && { authorization: `Bearer ${caller.access_token}` }),
        ...(payload && (status === 415 ? { 'content-type': 'text/plain' } : json))
      },
      payload
    })
    t.equal(response.statusCode, status, `${method} ${url}`)
    responses.push(response)
  }
  const rows = (await logRows(db)).slice(before)
  t.strictSame(
    rows.map(({ username, address, method, path, status }) => ({ username, address, method, path, status })),
    requests.map(([username, status, method, path]) => ({ username, address: '192.0.2.33', method, path, status }))
  )
  t.strictSame(
    rows.map((row) => row.request_id),
    responses.map(({ headers }) => headers['x-request-id']),
    'each row has the request id of its response'
  )
})

t.test('requests whose rows share a commit have a row each before they get their responses [E1]', async (t) => {
  const { app, db, signIn } = await build(t)
  const callers = [await signIn('user'), await signIn('user'), await signIn()]
  const before = (await logRows(db)).length
  const requests = Array.from({ length: 100 }, (_, index) => ({
    url: `/api/sample/${index + 1}`,
    caller: callers[index % 4] // every fourth request has no caller
  }))
  const sent = await Promise.all(
    requests.map(async ({ url, caller }) => {
      const headers = caller ? { authorization: `Bearer ${caller.access_token}` } : {}
      const response = await app.inject({ url, headers })
      const username = caller?.username ?? 'Anonymous'
      return [response.headers['x-request-id'], username, url, response.statusCode].join(' ')
    })
  )
  const rows = (await logRows(db)).slice(before)
  t.strictSame(rows.map((row) => [row.request_id, row.username, row.path, row.status].join(' ')).sort(), sent.sort())
})
