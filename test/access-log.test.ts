// Shows that every request leaves exactly one row, whatever becomes of it, that the row tells the truth, and no secrets.

import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import pg from 'pg'
import t from 'tap'
import {
  build,
  engine,
  eventually,
  execute,
  logRows,
  type TestApp,
  takeAwayDatabase,
  withToken
} from './support/app.ts'
import { sendAndHangUp, sendRaw } from './support/net.ts'

// Ten seconds pass before the server gives up on a slow client: these wait while the other tests run.
const slowClients = startSlowClients()

t.test('E1: so many requests, so many rows, each with who, whence, what and the outcome', async (t) => {
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
    ['Anonymous', 403, 'POST', '/'],
    ['Anonymous', 200, 'GET', '/login'],
    ['Anonymous', 200, 'GET', '/static/style.css'],
    ['Anonymous', 405, 'PUT', '/api/sample/'],
    ['Anonymous', 204, 'OPTIONS', '/api/sample/'],
    ['Anonymous', 200, 'GET', '/health/live'],
    ['Anonymous', 200, 'HEAD', '/health/ready'],
    [name, 500, 'GET', '/api/part/']
  ]
  const answers: LightMyRequestResponse[] = []
  for (const [username, status, method, url, payload] of requests) {
    if (status === 500) await execute(db, 'alter table part rename to part_away')
    const caller = [user, admin].find((account) => account.username === username)
    const answer = await app.inject({
      method,
      url,
      remoteAddress: '192.0.2.33',
      headers: {
        ...(caller && { authorization: `Bearer ${caller.access_token}` }),
        ...(payload && (status === 415 ? { 'content-type': 'text/plain' } : json))
      },
      payload
    })
    t.equal(answer.statusCode, status, `${method} ${url}`)
    answers.push(answer)
  }
  const rows = (await logRows(db)).slice(before)
  t.strictSame(
    rows.map(({ username, address, method, path, status }) => ({ username, address, method, path, status })),
    requests.map(([username, status, method, path]) => ({ username, address: '192.0.2.33', method, path, status }))
  )
  t.strictSame(
    rows.map((row) => row.request_id),
    answers.map(({ headers }) => headers['x-request-id']),
    'each row has the id of its answer'
  )
})

t.test('E1: requests that share a commit have a row each, before they are answered', async (t) => {
  const { app, db, signIn } = await build(t)
  const callers = [await signIn('user'), await signIn('user'), await signIn()]
  const before = (await logRows(db)).length
  const asked = Array.from({ length: 300 }, (_, index) => ({
    url: `/api/sample/${index + 1}`,
    caller: callers[index % 4]
  }))
  const answers = await Promise.all(
    asked.map(async ({ url, caller }) => {
      const headers = caller ? { authorization: `Bearer ${caller.access_token}` } : {}
      const answer = await app.inject({ url, headers })
      const username = caller?.username ?? 'Anonymous'
      return [answer.headers['x-request-id'], username, url, answer.statusCode].join(' ')
    })
  )
  const rows = (await logRows(db)).slice(before)
  t.strictSame(rows.map((row) => [row.request_id, row.username, row.path, row.status].join(' ')).sort(), answers.sort())
})

t.test('E2, T1: who hangs up before the answer is logged under their name', async (t) => {
  const { app, db, port, user, env } = await listening(t)
  const id = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
  const head = (line: string) => `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.access_token}\r\n`
  const body = 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
  const cases: [method: string, path: string, rest: string, reached: Reached][] = [
    ['GET', '/api/sample/', '\r\n', 'request'],
    ['PUT', `/api/sample/${id}`, body, 'end'],
    ['DELETE', `/api/sample/${id}`, body, 'end']
  ]
  for (const [method, path, rest, reached] of cases) {
    const before = (await logRows(db)).length
    const unlock = await lockAccessLog(env)
    await hangUpAt(reached, app, port, head(`${method} ${path}`) + rest)
    await unlock()
    const rows = await rowsAfter(db, before)
    t.strictSame(
      rows.map((row) => [row.method, row.path, row.username]),
      [[method, path, user.username]],
      `${method} ${path} has one row`
    )
    t.equal(rows[0]?.status, 200, 'which tells that it was done')
  }
  t.equal((await user.get(`/api/sample/${id}`)).statusCode, 404, 'for it was')

  const before = (await logRows(db)).length
  const storm = 20
  for (let round = 0; round < storm; round++) await sendAndHangUp(port, `${head('GET /api/part/')}\r\n`)
  const rows = await rowsAfter(db, before, storm)
  t.strictSame(new Set(rows.map((row) => row.username)), new Set([user.username]))
})

t.test('E2: what follows a request on its connection does not change its row', async (t) => {
  const { db, port, user } = await listening(t)
  const followers: Record<string, string> = {
    'no HTTP': 'no HTTP at all\r\n\r\n',
    'headers too large': `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`
  }
  for (const [what, follower] of Object.entries(followers)) {
    const { id } = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>()
    const removal = `DELETE /api/sample/${id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.access_token}\r\n\r\n`
    await sendRaw(port, removal + follower)
    const path = `/api/sample/${id}`
    const removals = async () => (await logRows(db)).filter((row) => row.method === 'DELETE' && row.path === path)
    await eventually(async () => (await removals())[0])
    t.equal((await user.get(path)).statusCode, 404, 'the record was removed')
    t.strictSame(
      (await removals()).map((row) => [row.username, row.status]),
      [[user.username, 200]],
      `the row says by whom, though followed by ${what}`
    )
  }
})

t.test('E3, T2: what no route sees has a row all the same', async (t) => {
  const { app, db, port, user } = await listening(t)
  const bearer = `Authorization: Bearer ${user.access_token}`
  const json = 'Content-Type: application/json'
  const asked = (...lines: string[]) => `${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`
  const get = (path: string, ...headers: string[]) => asked(`GET ${path} HTTP/1.1`, 'Host: x', ...headers)
  const post = (...headers: string[]) => asked('POST /api/sample/ HTTP/1.1', 'Host: x', bearer, ...headers)

  type Row = [username: string, method: string, path: string, status: number]
  const anonymous = (path: string, status: number, method = 'GET'): Row => ['Anonymous', method, path, status]
  const mine = (status: number): Row => [user.username, 'POST', '/api/sample/', status]
  const long = `/api/sample/${'1'.repeat(101)}`
  const cases: [bytes: string, row: Row][] = [
    [get('/%zz'), anonymous('/%zz', 400)],
    [get('/api/sample/%'), anonymous('/api/sample/%', 400)],
    [get('/api/sample/%c3%28', bearer), anonymous('/api/sample/%c3%28', 400)],
    [get(long), anonymous(long, 414)],
    [get('/health/live', `A: ${'a'.repeat(17_000)}`), anonymous('/health/live', 431)],
    [get(`/${'a'.repeat(17_000)}`), anonymous(`/${'a'.repeat(999)}`, 431)],
    [post(json, 'Content-Length: 200000'), mine(413)],
    [`${post(json, 'Transfer-Encoding: chunked')}1ffff\r\n${'a'.repeat(0x1ffff)}\r\n0\r\n\r\n`, mine(413)],
    [`${post('Content-Type: text/plain', 'Content-Length: 1')}x`, mine(415)],
    [`${post('Content-Length: 1')}x`, mine(415)],
    [post(json, 'Content-Encoding: gzip', 'Content-Length: 0'), ['Anonymous', 'POST', '/api/sample/', 415]],
    [
      `${asked('POST /api/auth/ HTTP/1.1', 'Host: x', json, 'Transfer-Encoding: chunked')}z\r\n`,
      anonymous('/api/auth/', 400, 'POST')
    ],
    [asked('GET /health/live HTTP/1.1'), anonymous('/health/live', 400)],
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
    const answer = await sendRaw(port, Buffer.from(bytes, 'latin1'))
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${row[3]} `), what)
    const [found] = await rowsAfter(db, start + index)
    t.strictSame([found?.username, found?.method, found?.path, found?.status], row, what)
    t.equal(found?.address, '127.0.0.1')
  }
  t.equal((await logRows(db)).length, start + cases.length, 'one row each')

  await hangUpAt('resume', app, port, `${post(json, 'Content-Length: 100')}{"name":`)
  const [aborted] = await rowsAfter(db, start + cases.length)
  t.strictSame([aborted?.username, aborted?.method, aborted?.path], [user.username, 'POST', '/api/sample/'])
  t.ok(Number(aborted?.status) >= 400, 'a body that breaks off is no success')
  t.equal((await logRows(db)).length, start + cases.length + 1)
})

t.test('E5: what cannot be logged is answered 503 without data, and is whole or absent', async (t) => {
  const { app, db, port, user } = await listening(t)
  const id = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
  await execute(db, 'alter table access_log rename to access_log_away')

  const credentials = { username: user.username, password: user.password }
  const answers: Record<string, LightMyRequestResponse> = {
    'a list': await user.get('/api/sample/'),
    'a record': await user.get(`/api/sample/${id}`),
    'a creation': await user.post('/api/sample/', { name: 'Height' }),
    'an update': await user.put(`/api/sample/${id}`, { name: 'Mass' }),
    'bad input': await user.post('/api/sample/', { name: 5 }),
    'a login': await app.inject({ method: 'POST', url: '/api/auth/', payload: credentials }),
    'a refresh': await withToken(app, 'GET', '/api/auth/', user.refresh_token),
    'no token': await app.inject('/api/sample/'),
    'no route': await app.inject('/nowhere'),
    'no method': await app.inject({ method: 'OPTIONS', url: '/api/sample/' })
  }
  for (const [what, answer] of Object.entries(answers)) {
    t.equal(answer.statusCode, 503, what)
    const { requestId, ...body } = answer.json()
    t.strictSame(body, {
      statusCode: 503,
      error: 'Service Unavailable',
      message: 'The server cannot do this now; try again',
      code: 'UNAVAILABLE'
    })
    t.equal(requestId, answer.headers['x-request-id'])
    for (const header of ['etag', 'location', 'last-modified', 'set-cookie']) {
      t.equal(answer.headers[header], undefined, `no ${header}`)
    }
    t.equal(answer.headers['retry-after'], '1')
    t.equal(Number(answer.headers['content-length']), Buffer.byteLength(answer.payload))
  }
  const head = await user.call('HEAD', `/api/sample/${id}`)
  t.equal(head.statusCode, 503)
  t.equal(head.headers.etag, undefined)
  t.equal(head.payload, '')
  t.match(await sendRaw(port, 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 503 /)
  for (const url of ['/health/live', '/health/ready']) {
    t.equal((await app.inject(url)).payload, '{"status":"ok"}', `${url} tells no data and is answered`)
  }

  await execute(db, 'alter table access_log_away rename to access_log')
  const { samples } = (await user.get('/api/sample/')).json<{ samples: { id: number; name: string }[] }>()
  const [first, ...others] = samples
  t.equal(first?.id, id)
  t.ok(['Weight', 'Mass'].includes(String(first?.name)), 'the update is whole or absent')
  t.ok(others.every(({ name }) => name === 'Height') && others.length <= 1, 'the creation is whole or absent')
  t.equal((await logRows(db)).at(-1)?.path, '/api/sample/', 'logging goes on without a restart')
})

t.test('E6: what an untrusted peer says of its address is not believed', async (t) => {
  for (const TRUST_PROXY of ['', '10.0.0.0/8']) {
    const { app, db } = await build(t, { TRUST_PROXY })
    const headers = {
      'x-forwarded-for': '203.0.113.9',
      'x-real-ip': '203.0.113.9',
      'x-envoy-external-address': '203.0.113.9',
      'x-client-ip': '203.0.113.9',
      'true-client-ip': '203.0.113.9',
      'cf-connecting-ip': '203.0.113.9',
      forwarded: 'for=203.0.113.9'
    }
    for (const remoteAddress of ['192.0.2.1', '2001:db8::7', '::ffff:192.0.2.1']) {
      await app.inject({ url: '/nowhere', remoteAddress, headers })
      t.equal((await logRows(db)).at(-1)?.address, remoteAddress.replace('::ffff:', ''), `trusted: [${TRUST_PROXY}]`)
    }
  }
})

t.test('E7, T8: a trusted proxy names the client, when what it names is an address', async (t) => {
  const { app, db, log } = await build(t, { TRUST_PROXY: '10.0.0.0/8, 127.0.0.1, 2001:db8:aa::/48' })
  const proxy = '10.1.2.3'
  const forwarded: [header: string, address: string][] = [
    ['203.0.113.9', '203.0.113.9'],
    ['6.6.6.6, 203.0.113.9', '203.0.113.9'],
    ['6.6.6.6, 203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['203.0.113.9, 2001:db8:aa::1, 10.9.9.9', '203.0.113.9'],
    ['10.9.9.9, 203.0.113.9', '203.0.113.9'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:ffff:255.255.255.255', '2001:0db8:0000:0000:0000:ffff:255.255.255.255'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ["a'b", proxy],
    ['203.0.113.9, unknown', proxy],
    ['203.0.113.9\tx', proxy],
    ['203.0.113.9:443', proxy],
    ['[2001:db8::1]', proxy],
    ['0x7f.1', proxy],
    ['1'.repeat(10_000), proxy],
    [`fe80::1%${'a'.repeat(10_000)}`, proxy],
    ['', proxy]
  ]
  for (const [header, address] of forwarded) {
    const headers = { 'x-forwarded-for': header, 'x-real-ip': '7.7.7.7', forwarded: 'for=7.7.7.7' }
    await app.inject({ url: '/nowhere', remoteAddress: proxy, headers })
    t.equal((await logRows(db)).at(-1)?.address, address, header.slice(0, 50))
  }
  const port = await listen(app)
  for (const line of ['GET /nowhere', 'GET /%zz', 'GET /nowhere HTTP/1.1\r\nExpect: junk']) {
    const request = line.includes('HTTP') ? line : `${line} HTTP/1.1`
    await sendRaw(port, `${request}\r\nHost: x\r\nX-Forwarded-For: 203.0.113.77\r\nConnection: close\r\n\r\n`)
    t.equal((await logRows(db)).at(-1)?.address, '203.0.113.77', line)
  }
  await app.inject({
    method: 'POST',
    url: '/api/auth/',
    remoteAddress: proxy,
    headers: { 'x-forwarded-for': 'free text of the client' },
    payload: { username: 'nobody', password: 'wrong' }
  })
  t.match(log(), /login failed/)
  t.notMatch(log(), /free text/, 'nor does the process log take it for an address')
})

t.test('E8: no path breaks a row or a line of the process log', async (t) => {
  const { db, port, log } = await listening(t)
  const paths: [path: string, status: number, logged?: string][] = [
    [`/${'a'.repeat(10_000)}`, 404, `/${'a'.repeat(999)}`],
    [`/${'%F0%9F%A9%BA'.repeat(800)}`, 404, `/${'%F0%9F%A9%BA'.repeat(800)}`.slice(0, 1000)],
    ['/a%0d%0aSet-Cookie:%20a=b', 404],
    ['/%1b[31mred', 404],
    ['/%00', 400],
    ['/api/sample/%00', 400],
    ['/%e2%80%ae', 404],
    ['/%ed%a0%80', 400],
    ['/"double"\'single\'', 404],
    ["/';drop%20table%20access_log;--", 404],
    ['/<script>alert(1)</script>', 404],
    ['/{{7*7}}%24%7B7*7%7D', 404],
    ['/%n%s%d', 400],
    ['/=cmd()', 404],
    ['//', 302]
  ]
  const start = (await logRows(db)).length
  for (const [index, [path, status, logged = path]] of paths.entries()) {
    const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), path.slice(0, 50))
    t.equal((await rowsAfter(db, start + index))[0]?.path, logged)
  }
  await sendRaw(port, Buffer.from('GET /🩺é HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
  const [raw] = await rowsAfter(db, start + paths.length)
  t.match(raw?.path, /^\/[!-~]+$/, 'raw bytes are logged as printable ASCII')
  t.equal((await logRows(db)).length, start + paths.length + 1, 'one row each')
  for (const line of log().split('\n').filter(Boolean)) {
    t.type(JSON.parse(line).time, 'number')
    t.match(line, /^[^\p{Cc}\u2028\u2029]*$/u, 'a line of the process log has no control characters')
  }
})

t.test('E9: no secret is in the rows or in the process log, not even after a database error', async (t) => {
  const { app, db, port, log, user, env } = await listening(t)
  const secret = (what: string) => `planted-${what}-7f3a`
  const bearer = { authorization: `Bearer ${user.access_token}` }
  const login = (username: string, password: string) =>
    app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })

  async function askWithSecrets(): Promise<void> {
    await login(secret('username'), secret('password'))
    await login(user.username, secret('password'))
    await login(user.username, user.password)
    await app.inject({ url: '/api/part/', headers: { authorization: `Bearer ${secret('token')}` } })
    await app.inject({ url: '/api/part/', headers: { authorization: `Basic ${secret('token')}` } })
    await app.inject({ url: `/api/part/?access_token=${secret('query')}&limit=${secret('query')}`, headers: bearer })
    await app.inject({ url: `/nowhere?${secret('query')}`, headers: { cookie: `session=${secret('cookie')}` } })
    await withToken(app, 'GET', '/api/auth/', user.refresh_token)
    await withToken(app, 'GET', '/api/part/', user.refresh_token)
    await withToken(app, 'POST', '/api/auth/refresh', user.access_token)
    await user.put('/api/auth/password', { old_password: secret('password'), new_password: secret('new password') })
    const text = secret('body')
    const part = { sample_id: 1, label: text, seen_at: '2024-01-01T11:24:59Z', amount: 1, done: false }
    await user.post('/api/part/', { ...part, note: text, made_on: '1971-07-30' })
    await user.put('/api/part/1', { note: text })
    await user.post('/api/part/', { label: text, [text]: text })
    await user.post('/api/part/', { ...part, seen_at: text })
    await user.call('POST', '/api/part/', `{"name":"${text}`, { 'content-type': 'application/json' })
    await user.call('POST', '/api/part/', text, { 'content-type': `text/${text}` })
    await user.get('/api/part/', { 'x-request-id': text, 'if-match': text, 'user-agent': text })
    const authorization = `Authorization: Bearer ${secret('token')}`
    for (const lines of [
      ['GET /health/live HTTP/1.1', 'Host: x', 'Expect: junk'],
      ['GET /%zz?%zz HTTP/1.1', 'Host: x'],
      ['GET /health/live HTTP/1.1', 'Host: x', `A : ${secret('header')}`],
      ['GET /health/live HTTP/1.1', 'Host: x', `A: ${secret('header').repeat(1000)}`],
      [`POST /api/sample/ HTTP/1.1`, 'Host: x', 'Transfer-Encoding: chunked', '', `z${secret('body')}`]
    ]) {
      await sendRaw(port, [lines[0], authorization, ...lines.slice(1), 'Connection: close', '', ''].join('\r\n'))
    }
  }

  await user.post('/api/sample/', { name: 'Weight' })
  await askWithSecrets()
  for (const table of ['part', '"user"', 'refresh_token', 'login_failure', 'access_log']) {
    const away = `${table.replaceAll('"', '')}_away`
    await execute(db, `alter table ${table} rename to ${away}`)
    await askWithSecrets()
    await execute(db, `alter table ${away} rename to ${table}`)
  }
  const rows = JSON.stringify(await logRows(db))
  await takeAwayDatabase(db, env)
  await askWithSecrets()

  t.match(log(), /request failed/, 'there were failures to log')
  const secrets = [user.password, user.access_token, user.refresh_token, 'planted-']
  const signatures = [user.access_token, user.refresh_token].map((token) => token.split('.').at(-1) ?? '')
  for (const text of [...secrets, ...signatures]) {
    t.notOk(rows.includes(text), 'not in a row')
    const line = log()
      .split('\n')
      .find((entry) => entry.includes(text))
    t.equal(line, undefined, 'not in the process log')
  }
})

t.test('E10: the query string is not kept, and an address in absolute form is logged as its path', async (t) => {
  const { db, port } = await listening(t)
  const large = `A: ${'a'.repeat(17_000)}`
  const requests: [line: string, path: string, header?: string][] = [
    ['GET /api/part/?name=Miller', '/api/part/'],
    ['GET /api/part/?', '/api/part/'],
    ['GET /api/part/?a?b=Miller', '/api/part/'],
    ['GET /nowhere?name=Miller', '/nowhere'],
    ['GET /api/part/#name=Miller', '/api/part/'],
    ['GET /%zz?name=Miller', '/%zz'],
    ['GET /api/part/?name=Miller', '/api/part/', large],
    ['GET /api/part/?name=Miller', '/api/part/', 'Expect: junk'],
    ['GET http://x/api/part/?name=Miller', '/api/part/'],
    ['GET HTTPS://Miller@x:443/api/part/', '/api/part/'],
    ['GET http://x/%zz', '/%zz'],
    ['GET http://x', '/'],
    ['GET http://x?name=Miller', '/'],
    ['GET http://Miller@x/api/part/?name=Miller', '/api/part/', 'Expect: junk'],
    ['GET http://Miller@x/api/part/?name=Miller', '/api/part/', large]
  ]
  const start = (await logRows(db)).length
  for (const [index, [line, path, header = 'A: b']] of requests.entries()) {
    await sendRaw(port, `${line} HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`)
    t.equal((await rowsAfter(db, start + index))[0]?.path, path, `${line} ${header.slice(0, 20)}`)
  }
  t.notMatch(JSON.stringify(await logRows(db)), /Miller/)
})

t.test('E11: a row keeps the name the account had', async (t) => {
  const { db, signIn } = await build(t)
  const user = await signIn('user')
  const names = async () => (await logRows(db)).filter((row) => row.path === '/api/sample/').map((row) => row.username)
  await user.get('/api/sample/')
  await execute(db, `update "user" set username = 'renamed' where id = ${user.id}`)
  await user.get('/api/sample/')
  t.strictSame(await names(), [user.username, 'renamed'])
  await execute(db, `delete from "user" where id = ${user.id}`)
  t.equal((await user.get('/api/sample/')).statusCode, 401)
  t.strictSame(await names(), [user.username, 'renamed', 'Anonymous'])
})

t.test('E12: a login is logged under the name of the account, a failed one under none', async (t) => {
  const { app, db, log, signIn } = await build(t)
  const user = await signIn('user')
  const login = async (username: string, password: string) => {
    await app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })
    const row = (await logRows(db)).at(-1)
    return [row?.username, row?.status]
  }
  const failures = () => log().match(/"event":"login failed"/g)?.length ?? 0
  t.strictSame(await login(user.username, user.password), [user.username, 200])
  t.strictSame(await login(user.username.toUpperCase(), user.password), [user.username, 200])
  t.equal(failures(), 0)
  t.strictSame(await login(user.username, 'not the password'), ['Anonymous', 401])
  t.equal(failures(), 1, 'the process log has the event')
  t.strictSame(await login('typed-in-the-wrong-field', 'not the password'), ['Anonymous', 401])
  t.equal(failures(), 2)
  t.notMatch(JSON.stringify(await logRows(db)) + log(), /typed-in-the-wrong-field/)
})

t.test('E13: ids grow, and times are UTC whatever the time zone of the process', async (t) => {
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

t.test('E14: no route changes a row', async (t) => {
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
  t.equal(after.length, before.length + routes.length * 3 + 16, 'and each call added one')
})

t.test('E3, G11: a client that is too slow is answered 408, cut off, and logged', async (t) => {
  const { answers, rows, username } = await slowClients
  for (const [what, answer] of Object.entries(answers)) {
    t.match(answer, /^HTTP\/1\.1 408 /, what)
    t.match(answer, /^x-content-type-options: nosniff\r$/m)
    t.match(answer, /^connection: close\r$/m)
  }
  t.strictSame(
    rows.map((row) => [row.username, row.method, row.path, row.status].join(' ')).sort(),
    [`${username} POST /api/sample/ 408`, 'Anonymous - - 408', 'Anonymous - - 408'].sort()
  )
})

async function startSlowClients() {
  const { app, db, port, user } = await listening(t)
  const before = (await logRows(db)).length
  const { access_token, username } = user
  const body = [
    'POST /api/sample/ HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${access_token}`,
    'Content-Type: application/json',
    'Content-Length: 100',
    '',
    '{"name":'
  ]
  const [slowBody, slowHeaders, idle] = await Promise.all([
    sendRaw(port, body.join('\r\n')),
    sendRaw(port, 'GET /health/live HTTP/1.1\r\nHost: x\r\nA: '),
    sendRaw(port, '')
  ])
  const answers = { 'a slow body': slowBody, 'slow headers': slowHeaders, 'a connection without a request': idle }
  await eventually(async () => (await promisify(app.server.getConnections).call(app.server)) === 0 || undefined)
  await app.inject('/health/live')
  const rows = (await logRows(db)).slice(before).filter(({ path }) => path !== '/health/live')
  return { answers, rows, username }
}

async function listening(t: Parameters<typeof build>[0], overrides: Record<string, string> = {}) {
  const server = await build(t, overrides)
  const user = await server.signIn('user')
  return { ...server, user, port: await listen(server.app) }
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** The request has come, its body is waited for, its body has been read. */
type Reached = 'request' | 'resume' | 'end'

// Hangs up when the server has got so far with the request, and waits until it has noticed.
async function hangUpAt(reached: Reached, app: FastifyInstance, port: number, bytes: string): Promise<void> {
  const client = connect(port, '127.0.0.1')
  const peer = new Promise<Socket>((resolve) => {
    app.server.once('request', (request) => {
      if (reached === 'request') resolve(request.socket)
      else request.once(reached, () => resolve(request.socket))
    })
  })
  client.write(bytes)
  const gone = once(await peer, 'close')
  client.destroy()
  await gone
}

// The rows after the first `count`, once there are `more` of them.
async function rowsAfter(db: TestApp['db'], count: number, more = 1) {
  return await eventually(async () => {
    const rows = (await logRows(db)).slice(count)
    return rows.length >= more ? rows : undefined
  })
}

// Makes whoever writes to the access log wait, until the function that it gives is called.
async function lockAccessLog(env: TestApp['env']): Promise<() => Promise<void>> {
  const url = env.DATABASE_URL ?? ''
  if (engine === 'sqlite') {
    const client = new Sqlite(url.replace('file:', ''))
    client.exec('begin immediate')
    return async () => {
      client.close()
    }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query('lock table access_log in access exclusive mode')
  return () => client.end()
}

function setZone(name: string | undefined): void {
  if (name === undefined) delete process.env.TZ
  else process.env.TZ = name
}
