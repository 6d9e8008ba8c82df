// Shows the HTTP surface: what is refused before it means anything, what an error tells, and the headers of every answer.

import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { build, type Caller, engine, execute, logRows, takeAwayDatabase } from './support/app.ts'
import { sendRaw } from './support/net.ts'

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store'
}
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const BODY_LIMIT = 100_000

t.test('request bodies', async (t) => {
  const { app, signIn } = await build(t)
  const user = await signIn('user')

  const post = (contentType: string | undefined, payload: string | Buffer, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/api/sample/',
      headers: {
        authorization: `Bearer ${user.access_token}`,
        ...(contentType !== undefined && { 'content-type': contentType }),
        ...headers
      },
      payload
    })
  const stored = async () => (await user.get('/api/sample/')).json<{ samples: unknown[] }>().samples.length

  t.test('G2: what is not JSON is answered 415, and what is JSON is validated', async (t) => {
    const parsed = [
      'application/json',
      'Application/JSON',
      'application/json;charset=utf-8',
      'application/json ; charset=UTF-8',
      'application/json;charset="utf-8"',
      'application/json;\tcharset=utf-8'
    ]
    for (const type of parsed) {
      t.equal((await post(type, '{"name":"Weight"}')).statusCode, 201, `${type} is parsed`)
      t.equal((await post(type, '{"name":5}')).statusCode, 400, `${type} is validated`)
    }
    const before = await stored()
    const refused = [
      undefined,
      '',
      'text/plain',
      'text/plain; charset=utf-8',
      'text/json',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      'application/json+x',
      'application/vnd.api+json',
      'text/plain; application/json',
      'text/plain, application/json',
      'json',
      '*/*',
      '__proto__'
    ]
    for (const type of refused) {
      const answer = await post(type, '{"name":"Weight"}')
      t.equal(answer.statusCode, 415, `${type} is refused`)
      t.equal(answer.json().statusCode, 415)
    }
    t.equal(await stored(), before, 'nothing was stored')
    for (const type of [
      'application/json;x',
      'application/json\t',
      'application/json, text/plain',
      'application/json x'
    ]) {
      const answer = await post(type, '{"name":5}')
      t.ok([400, 415].includes(answer.statusCode), `${JSON.stringify(type)} is never parsed without being validated`)
    }
    t.equal(await stored(), before, 'nothing was stored')
  })

  t.test('malformed JSON is answered 400 with details', async (t) => {
    for (const text of [
      '{',
      '{"name":}',
      'name=Weight',
      "{'name':'Weight'}",
      '{"name":"a"}}',
      '\u0000',
      '{"name":NaN}'
    ]) {
      const answer = await post('application/json', text)
      t.equal(answer.statusCode, 400, text)
      t.strictSame(answer.json().details, [{ field: 'body', message: 'is not valid JSON' }])
    }
    const empty = await post('application/json', '')
    t.equal(empty.statusCode, 400)
    t.equal(empty.json().details.length, 1)
  })

  t.test('G3: keys that reach for the prototype are refused wherever they stand', async (t) => {
    const before = await stored()
    const hostile = [
      '{"name":"Weight","__proto__":{"polluted":1}}',
      '{"name":"Weight","\\u005f_proto__":{"polluted":1}}',
      '{"name":"Weight","\\u005f\\u005fproto\\u005f\\u005f":{"polluted":1}}',
      '{"name":"Weight","constructor":{"prototype":{"polluted":1}}}',
      '{"name":"Weight","constr\\u0075ctor":{"prototype":{"polluted":1}}}',
      '{"name":{"__proto__":{"polluted":1}}}',
      '[{"__proto__":{"polluted":1}}]',
      '{"__proto__":null,"name":"Weight"}',
      '{"__proto__":{"name":"Weight"}}'
    ]
    for (const text of hostile) {
      const answer = await post('application/json', text)
      t.equal(answer.statusCode, 400, text)
      t.ok(answer.json().details.length > 0)
      const login = await app.inject({
        method: 'POST',
        url: '/api/auth/',
        headers: { 'content-type': 'application/json' },
        payload: text
      })
      t.equal(login.statusCode, 400, `as a login: ${text}`)
    }
    t.equal(({} as Record<string, unknown>).polluted, undefined)
    t.equal(await stored(), before, 'nothing was stored')
  })

  t.test('G4: a body of the limit is taken, and one byte more is 413', async (t) => {
    const body = (length: number) => '{"name":"Weight"}'.padEnd(length)
    t.equal((await post('application/json', body(BODY_LIMIT))).statusCode, 201)
    const before = await stored()
    const answer = await post('application/json', body(BODY_LIMIT + 1))
    t.equal(answer.statusCode, 413)
    t.equal(answer.json().statusCode, 413)
    t.equal(await stored(), before, 'nothing was stored')
    t.equal((await app.inject({ method: 'POST', url: '/api/auth/', payload: body(BODY_LIMIT + 1) })).statusCode, 415)
  })

  t.test('G5: deep nesting within the limit is answered 400', async (t) => {
    const depth = BODY_LIMIT / 2 - 20
    const objects = Math.floor(BODY_LIMIT / 7)
    const deep = [
      '['.repeat(depth) + ']'.repeat(depth),
      '['.repeat(BODY_LIMIT),
      `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`,
      `${'{"a":'.repeat(objects)}1${'}'.repeat(objects)}`,
      `{"__proto__":${'['.repeat(depth)}${']'.repeat(depth)}}`,
      `${'['.repeat(depth)}{"__proto__":1}${']'.repeat(depth)}`
    ]
    for (const text of deep) t.equal((await post('application/json', text)).statusCode, 400, text.slice(0, 20))
  })

  t.test('G6: an encoded body is answered 415 and never inflated', async (t) => {
    for (const encoding of ['gzip', 'br', 'deflate', 'zstd', 'x-gzip', 'GZIP', 'identity, gzip', 'junk', '']) {
      const answer = await post('application/json', '{"name":"Weight"}', { 'content-encoding': encoding })
      t.equal(answer.statusCode, 415, encoding)
    }
    const plain = await post('application/json', '{"name":"Weight"}', { 'content-encoding': 'identity' })
    t.equal(plain.statusCode, 201, 'identity says that it is not encoded')
  })

  t.test('G7: of two equal keys the last wins', async (t) => {
    const answer = await post('application/json', '{"name":"first","name":"second"}')
    t.equal(answer.statusCode, 201)
    t.equal(answer.json().name, 'second')
    t.equal((await post('application/json', '{"name":"first","name":2}')).statusCode, 400)
  })

  t.test('G8: a body that is not UTF-8 is refused, not mended', async (t) => {
    for (const charset of ['utf-16', 'utf-16le', 'iso-8859-1', 'us-ascii', 'utf-7', '"utf-16"', '']) {
      const answer = await post(`application/json; charset=${charset}`, '{"name":"Weight"}')
      t.equal(answer.statusCode, 415, `charset ${charset}`)
    }
    const bytes = {
      'a lone continuation byte': Buffer.from('{"name":"\x80"}', 'latin1'),
      'Latin-1': Buffer.from('{"name":"Gr\xf6\xdfe"}', 'latin1'),
      'an overlong slash': Buffer.from('{"name":"\xc0\xaf"}', 'latin1'),
      'an encoded surrogate': Buffer.from('{"name":"\xed\xa0\x80"}', 'latin1'),
      'beyond U+10FFFF': Buffer.from('{"name":"\xf4\x90\x80\x80"}', 'latin1'),
      'cut in a character': Buffer.from('{"name":"\xe2\x82"}', 'latin1'),
      'UTF-16': Buffer.from('{"name":"Weight"}', 'utf16le')
    }
    for (const [what, payload] of Object.entries(bytes)) {
      const answer = await post('application/json', payload)
      t.equal(answer.statusCode, 400, what)
      t.ok(answer.json().details.length > 0)
    }
    const kept = await post('application/json; charset=utf-8', Buffer.from('{"name":"Größe 🩺"}'))
    t.equal(kept.json().name, 'Größe 🩺')
  })
})

t.test('G1, T9: a failure of ours tells a fixed text and an id, and the log tells the rest', async (t) => {
  const { app, db, log, signIn } = await build(t)
  const user = await signIn('user')
  await execute(db, 'alter table sample rename to sample_away')

  for (const answer of [
    await user.get('/api/sample/'),
    await user.get('/api/sample/1'),
    await user.post('/api/sample/', { name: 'Weight' }),
    await user.put('/api/sample/1', { name: 'Weight' }),
    await user.delete('/api/sample/1')
  ]) {
    const requestId = String(answer.headers['x-request-id'])
    t.equal(answer.statusCode, 500)
    t.strictSame(answer.json(), {
      statusCode: 500,
      error: 'Internal Server Error',
      message: 'Something went wrong on our side',
      code: 'INTERNAL_ERROR',
      requestId
    })
    t.match(requestId, UUID)
    t.notMatch(JSON.stringify(answer.headers), /sample_away|select|sqlite|postgres|node_modules|\.ts\b/i)
    const line = logLines(log()).find((entry) => entry.reqId === requestId && entry.level === 50)
    t.ok(line, 'the log has the failure under the same id')
    t.equal(line?.err.code, engine === 'sqlite' ? 'SQLITE_ERROR' : '42P01', 'with what the driver said')
    t.ok(line?.err.stack.length, 'and the stack')
  }
  t.equal((await app.inject('/health/ready')).statusCode, 200, 'the rest goes on')
})

t.test('the request line and the headers', async (t) => {
  const { app, db, port, user, callers } = await listening(t)
  const sample = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
  const bearer = `Authorization: Bearer ${user.access_token}`
  const removal = `DELETE /api/sample/${sample} HTTP/1.1\r\nHost: x\r\n${bearer}\r\n\r\n`

  t.test('G9: ambiguous framing is answered 400 and closed, and nothing smuggled behind it is done', async (t) => {
    const post = (headers: string, body: string, end = '\r\n') =>
      [`POST /api/auth/ HTTP/1.1`, 'Host: x', 'Content-Type: application/json', headers, '', body].join(end)
    const empty = '0\r\n\r\n'
    const attacks: Record<string, string> = {
      'CL and TE': post('Content-Length: 5\r\nTransfer-Encoding: chunked', empty + removal),
      'TE and CL': post('Transfer-Encoding: chunked\r\nContent-Length: 5', empty + removal),
      'two CLs': post('Content-Length: 0\r\nContent-Length: 5', removal),
      'two equal CLs': post('Content-Length: 0\r\nContent-Length: 0', removal),
      'a list of CLs': post('Content-Length: 0, 5', removal),
      'a signed CL': post('Content-Length: +0', removal),
      'a negative CL': post('Content-Length: -1', removal),
      'a hexadecimal CL': post('Content-Length: 0x0', removal),
      'an endless CL': post(`Content-Length: ${'9'.repeat(30)}`, removal),
      'TE xchunked': post('Transfer-Encoding: xchunked', empty + removal),
      'TE chunked, identity': post('Transfer-Encoding: chunked, identity', empty + removal),
      'TE identity': post('Transfer-Encoding: identity', empty + removal),
      'TE with a vertical tab': post('Transfer-Encoding: \vchunked', empty + removal),
      'bare LF': post('Content-Length: 0', removal, '\n'),
      'bare LF in a header': post('A: b\nContent-Length: 0', removal),
      'bare CR in a header': post('A: b\rContent-Length: 0', removal),
      'obs-fold': post('A: b\r\n Transfer-Encoding: chunked', empty + removal),
      'a folded TE': post('Transfer-Encoding:\r\n chunked', empty + removal),
      'a space before the colon': post('Transfer-Encoding : chunked', empty + removal),
      'a space before the first header': `GET / HTTP/1.1\r\n Host: x\r\n\r\n${removal}`,
      'NUL in a header': post('A: b\0c\r\nContent-Length: 0', removal),
      'NUL in a name': post('A\0: b\r\nContent-Length: 0', removal),
      'a header without name': post(': b\r\nContent-Length: 0', removal),
      'a chunk size that is no number': post('Transfer-Encoding: chunked', `0x0\r\n\r\n${removal}`),
      'a chunk that ends with LF': post('Transfer-Encoding: chunked', `0\n\n${removal}`),
      'a chunk longer than said': post('Transfer-Encoding: chunked', `1\r\nxx\r\n0\r\n\r\n${removal}`),
      'an HTTP version that is none': `GET / HTTP/1.2\r\nHost: x\r\n\r\n${removal}`,
      'a control character in the address': `GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n${removal}`,
      'no HTTP at all': `\x16\x03\x01\x02\x00\x01\x00\r\n\r\n${removal}`
    }
    for (const [what, bytes] of Object.entries(attacks)) {
      const answer = await sendRaw(port, Buffer.from(bytes, 'latin1'))
      t.match(answer, /^HTTP\/1\.1 400 /, what)
      t.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 1, 'one answer')
      t.match(answer, /^connection: close\r$/im)
    }
    t.equal((await user.get(`/api/sample/${sample}`)).statusCode, 200, 'the record is there')
    const removals = (await logRows(db)).filter((row) => row.method === 'DELETE' && row.status < 400)
    t.strictSame(removals, [], 'no removal was done')
  })

  t.test('pipelined requests are each answered, in their order', async (t) => {
    const answer = await sendRaw(
      port,
      [
        'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n',
        'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n',
        'GET /api/part/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
      ].join('')
    )
    t.strictSame(
      [...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status),
      ['200', '404', '401']
    )
  })

  t.test('G10: a request has one Host header, and links do not repeat it', async (t) => {
    for (const hosts of ['', 'Host: a\r\nHost: b\r\n', 'Host: a\r\nhost: a\r\n']) {
      const answer = await sendRaw(port, `GET /health/live HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
      t.match(answer, /^HTTP\/1\.1 400 /, JSON.stringify(hosts))
    }
    const refused = await sendRaw(
      port,
      `DELETE /api/sample/${sample} HTTP/1.1\r\nHost: a\r\nHost: b\r\n${bearer}\r\nConnection: close\r\n\r\n`
    )
    t.match(refused, /^HTTP\/1\.1 400 /)
    t.equal((await user.get(`/api/sample/${sample}`)).statusCode, 200, 'nothing was done')

    const created = await call(port, 'POST', '/api/sample/', {
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        authorization: `Bearer ${user.access_token}`,
        'content-type': 'application/json'
      },
      body: '{"name":"Height"}'
    })
    t.equal(created.status, 201)
    t.match(String(created.headers.location), /^\/api\/sample\/\d+$/)
    t.notMatch(JSON.stringify(created), /evil/)
  })

  t.test('an address in absolute form is read as its path', async (t) => {
    for (const origin of ['http://x', 'HTTP://x:80', 'https://other.example', 'http://x?y=http://z']) {
      const target = origin.includes('?') ? origin : `${origin}/health/live`
      const { status } = await call(port, 'GET', target)
      t.equal(status, origin.includes('?') ? 302 : 200, target)
    }
    t.equal((await call(port, 'GET', 'http://x/api/part/')).status, 401)
    t.equal((await call(port, 'GET', 'http://x/nowhere')).status, 404)
    t.equal((await call(port, 'GET', 'ftp://x/health/live')).status, 404)
  })

  t.test('a trailing slash is optional', async (t) => {
    for (const path of ['/api/part', '/api/sample', `/api/sample/${sample}`, '/health/live', '/health/ready']) {
      const [without, slash] = [await user.get(path), await user.get(`${path}/`)]
      t.equal(without.statusCode, 200, path)
      t.equal(slash.payload, without.payload, `${path}/`)
    }
    for (const url of ['/api/auth', '/api/auth/']) {
      t.equal((await app.inject({ method: 'POST', url, payload: {} })).statusCode, 400, url)
    }
    for (const url of ['/api/sample', '/api/sample/']) {
      t.equal((await user.post(url, { name: 'Pulse' })).statusCode, 201, url)
    }
  })

  t.test('D2: no spelling of an address gives more than the address', async (t) => {
    const plain = `/api/sample/${sample}`
    const spellings = [
      plain,
      `${plain}/`,
      `${plain}//`,
      `/api/%73ample/${sample}`,
      `/%61pi/sample/${sample}`,
      `/api%2fsample%2f${sample}`,
      `/api/sample%2F${sample}`,
      `/API/sample/${sample}`,
      `/api/Sample/${sample}`,
      `//api/sample/${sample}`,
      `/api//sample/${sample}`,
      `/api/./sample/${sample}`,
      `/api/x/../sample/${sample}`,
      `/api/%2e/sample/${sample}`,
      `/api/auth/../sample/${sample}`,
      `/health/live/../../api/sample/${sample}`,
      `/health/live/..%2f..%2fapi/sample/${sample}`,
      `/health/live;/api/sample/${sample}`,
      `/health/live%3f/api/sample/${sample}`,
      `/health/live?/api/sample/${sample}`,
      `/api/sample;x/${sample}`,
      `${plain};x`,
      `${plain}?x`,
      `${plain}?`,
      `${plain}#x`,
      `${plain}%20`,
      `${plain}%2f`,
      `${plain}%3f`,
      `${plain}.json`,
      `/api/sample/0${sample}`,
      `/api/sample/+${sample}`,
      `/api/sample/${sample}.0`,
      `/api/sample/%3${sample}`,
      `http://x${plain}`,
      `http://user:password@x${plain}`,
      `HTTPS://x${plain}`
    ]
    for (const [who, caller] of Object.entries({ 'no token': undefined, ...callers })) {
      const headers = caller ? { authorization: `Bearer ${caller.access_token}` } : {}
      for (const path of spellings) {
        for (const method of ['GET', 'HEAD', 'DELETE']) {
          const { status, body } = await call(port, method, path, { headers })
          const isPublic = path.startsWith('/health/live?') && method !== 'DELETE'
          if (isPublic) t.match(body, method === 'GET' ? '{"status":"ok"}' : /^$/, `${who}: ${method} ${path}`)
          else t.ok(status >= 400, `${who}: ${method} ${path} is ${status}`)
          t.notMatch(body, /Weight/)
        }
      }
    }
    for (const path of [`\\api\\sample\\${sample}`, `http:${plain}`, `*${plain}`, plain.slice(1)]) {
      const answer = await sendRaw(port, `DELETE ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${bearer}\r\n\r\n`)
      t.match(answer, /^HTTP\/1\.1 40[04] /, path)
    }
    t.equal((await user.get(plain)).statusCode, 200, 'the record is there')
    const encoded = await call(port, 'GET', `/api/%73ample/${sample}`, {
      headers: { authorization: `Bearer ${user.access_token}` }
    })
    t.equal(encoded.status, 200, 'an encoded letter is the letter, for who may read')
  })

  t.test('G13: another method is answered 405 with Allow, and OPTIONS 204', async (t) => {
    const allowed = new Map<string, { methods: Set<string>; session: boolean }>()
    for (const { method, path, session } of app.routePolicies()) {
      const entry = allowed.get(path) ?? { methods: new Set(['OPTIONS']), session }
      allowed.set(path, entry)
      entry.methods.add(method)
    }
    t.ok(allowed.size >= 12, 'these are all the routes')
    for (const [path, { methods, session }] of allowed) {
      const allow = [...methods].sort().join(', ')
      const url = path.replace(':id', '1')
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE']) {
        if (methods.has(method)) continue
        const answer = await call(port, method, url)
        t.equal(answer.status, 405, `${method} ${url}`)
        t.equal(answer.headers.allow, allow)
        if (method === 'HEAD') continue
        if (session) t.match(answer.body, /<h1>Method Not Allowed<\/h1>/)
        else t.equal(JSON.parse(answer.body).code, 'METHOD_NOT_ALLOWED')
      }
      for (const spelling of [url, `${url}/`, `${url}?x=1`]) {
        const options = await call(port, 'OPTIONS', spelling)
        t.equal(options.status, 204, `OPTIONS ${spelling}`)
        t.equal(options.headers.allow, allow)
        t.equal(options.body, '')
      }
    }
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE']) {
      t.equal((await call(port, method, '/nowhere')).status, 404, `${method} /nowhere`)
    }
    const query = await call(port, 'QUERY', '/api/sample/')
    t.equal(query.status, 405, 'QUERY, with or without a body')
    t.equal(query.headers.allow, 'GET, HEAD, OPTIONS, POST')
    t.match(await sendRaw(port, 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n'), /^HTTP\/1\.1 405 /)
    t.match(await sendRaw(port, 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 400 /, 'a method that is none')
    const trace = await call(port, 'TRACE', '/health/live', { headers: { 'x-secret': 'not to be echoed' } })
    t.notMatch(trace.body, /echoed/)
  })

  t.test('G14: only the request line says what is asked for', async (t) => {
    const overrides = {
      'x-http-method-override': 'DELETE',
      'x-http-method': 'DELETE',
      'x-method-override': 'DELETE',
      'x-original-url': `/api/sample/${sample}`,
      'x-rewrite-url': `/api/sample/${sample}`,
      'x-forwarded-uri': `/api/sample/${sample}`
    }
    for (const [name, value] of Object.entries(overrides)) {
      const read = await user.get(`/api/sample/${sample}`, { [name]: value })
      t.equal(read.json().name, 'Weight', name)
      const health = await user.call('GET', '/health/live', undefined, { [name]: value })
      t.strictSame(health.json(), { status: 'ok' })
      const nowhere = await user.call('POST', '/nowhere', {}, { [name]: value })
      t.equal(nowhere.statusCode, 404)
    }
    for (const payload of [{ _method: 'DELETE' }, { name: 'Mass', _method: 'DELETE' }]) {
      t.equal((await user.put(`/api/sample/${sample}`, payload)).statusCode, 400, '_method is an unknown field')
    }
    t.equal((await user.get('/api/sample/?_method=DELETE')).statusCode, 400)
    t.equal((await user.get(`/api/sample/${sample}`)).json().name, 'Weight')
  })

  t.test('G15: HEAD gives the headers of GET and no body, to the same callers', async (t) => {
    const headersOf = ({ date, 'x-request-id': _, ...headers }: IncomingHttpHeaders) => headers
    for (const path of ['/api/sample/', `/api/sample/${sample}`, '/api/sample/999', '/health/ready', '/nowhere']) {
      for (const headers of [{}, { authorization: `Bearer ${user.access_token}` }]) {
        const get = await call(port, 'GET', path, { headers })
        const head = await call(port, 'HEAD', path, { headers })
        t.equal(head.status, get.status, `${path} is ${get.status}`)
        t.equal(head.body, '')
        t.strictSame(headersOf(head.headers), headersOf(get.headers))
      }
    }
    const { status } = await call(port, 'HEAD', '/api/sample/', {
      headers: { authorization: `Bearer ${callers['no role'].access_token}` }
    })
    t.equal(status, 403)
  })

  t.test('G21: there are no files to be had', async (t) => {
    const paths = [
      '/.env',
      '/.git/config',
      '/package.json',
      '/src/app.ts',
      '/data/app.db',
      '/app.db',
      '/app.js.map',
      '/static/',
      '/static/../package.json',
      '/static/%2e%2e/package.json',
      '/static/..%2fpackage.json',
      '/static/%2e%2e%2fpackage.json',
      '/static/..%5cpackage.json',
      '/static/..\\package.json',
      '/static/....//package.json',
      '/static/%252e%252e/package.json',
      '/static/.env',
      '/static//etc/passwd',
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..;/etc/passwd'
    ]
    for (const path of paths) {
      const { status, body } = await call(port, 'GET', path)
      t.equal(status, 404, path)
      t.equal(JSON.parse(body).code, 'NOT_FOUND')
    }
  })

  t.test('G22: the request id is ours, whatever the client sends', async (t) => {
    const ids = new Set<string>()
    for (const sent of ['11111111-1111-4111-8111-111111111111', 'a"}<script>', 'x'.repeat(500), '']) {
      const { headers } = await call(port, 'GET', '/nowhere', { headers: { 'x-request-id': sent, 'request-id': sent } })
      const id = String(headers['x-request-id'])
      t.match(id, UUID)
      t.not(id, sent)
      ids.add(id)
    }
    t.equal(ids.size, 4, 'each request has its own')
    const logged = (await logRows(db)).map((row) => row.request_id)
    for (const id of ids) t.ok(logged.includes(id), 'it is the one of the access log')
  })

  t.test('G23: odd query strings are refused, and none is a failure of ours', async (t) => {
    const refused = [
      'limit=1&limit=2',
      'limit[]=1',
      'limit[a]=1',
      'limit[__proto__]=1',
      '__proto__[polluted]=1',
      '__proto__=1',
      '__proto__.polluted=1',
      'constructor=1',
      'constructor[prototype][polluted]=1',
      'toString=1',
      'hasOwnProperty=1',
      'unknown=1',
      '=1',
      'limit',
      'limit=',
      'limit=%31%00',
      'limit=%zz',
      'limit=%ff',
      'after=1,2',
      Array.from({ length: 1000 }, (_, index) => `a${index}=1`).join('&'),
      Array.from({ length: 1000 }, () => 'limit=1').join('&')
    ]
    for (const query of refused) {
      const { status, body } = await call(port, 'GET', `/api/part/?${query}`, {
        headers: { authorization: `Bearer ${user.access_token}` }
      })
      t.equal(status, 400, query.slice(0, 40))
      t.ok(body.length < 4000, 'the answer does not grow with the question')
      const elsewhere = await call(port, 'GET', `/health/live?${query}`)
      t.ok(elsewhere.status < 500, `/health/live?${query.slice(0, 40)}`)
    }
    t.equal(({} as Record<string, unknown>).polluted, undefined)
    t.equal((await user.get('/api/part/?limit=%31')).statusCode, 200)
  })
})

t.test('every answer', async (t) => {
  const { db, port, user, callers } = await listening(t)
  const sample = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
  const part = { sample_id: sample, label: 'Scale', seen_at: '2024-01-01T11:24:59Z', amount: 1, done: false }
  t.equal((await user.post('/api/part/', part)).statusCode, 201)

  const bearer = `Authorization: Bearer ${user.access_token}`
  const json = (text: string) => `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
  const asked = (line: string, ...rest: string[]) =>
    [`${line} HTTP/1.1`, 'Host: x', 'Connection: close', ...rest].join('\r\n') +
    (rest.at(-1)?.includes('\r\n\r\n') ? '' : '\r\n\r\n')

  await execute(db, 'alter table login_failure rename to login_failure_away')

  const requests: [status: number, bytes: string][] = [
    [200, asked('GET /health/live')],
    [200, asked('HEAD /health/live')],
    [200, asked(`GET /api/sample/${sample}`, bearer)],
    [201, asked('POST /api/sample/', bearer, json('{"name":"Height"}'))],
    [204, asked('OPTIONS /api/sample/')],
    [400, asked('POST /api/sample/', bearer, json('{"name":5}'))],
    [400, asked('POST /api/sample/', bearer, json('{'))],
    [400, asked('GET /%zz')],
    [400, asked('HEAD /%zz')],
    [400, asked('GET /api/sample/%00', bearer)],
    [400, asked('GET /api/sample/x', bearer)],
    [400, 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [400, 'no HTTP at all\r\n\r\n'],
    [400, asked('GET /health/live', 'A : b')],
    [400, asked('POST /api/sample/', bearer, 'Content-Type: application/json', 'Transfer-Encoding: chunked\r\n\r\nz')],
    [401, asked('GET /api/sample/')],
    [401, asked('GET /api/sample/', 'Authorization: Bearer x')],
    [403, asked('GET /api/sample/', `Authorization: Bearer ${callers['no role'].access_token}`)],
    [404, asked('GET /nowhere')],
    [404, asked('GET /api/sample/999', bearer)],
    [405, asked('PUT /api/sample/', bearer)],
    [405, 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n'],
    [409, asked(`DELETE /api/sample/${sample}`, bearer)],
    [412, asked(`DELETE /api/sample/${sample}`, bearer, 'If-Match: "77"')],
    [413, asked('POST /api/sample/', bearer, json(' '.repeat(BODY_LIMIT + 1)))],
    [
      413,
      asked(
        'POST /api/auth/',
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
        `\r\n1;${'x'.repeat(17_000)}\r\n`
      )
    ],
    [414, asked(`GET /api/sample/${'1'.repeat(101)}`, bearer)],
    [415, asked('POST /api/sample/', bearer, 'Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx')],
    [417, asked('GET /health/live', 'Expect: junk')],
    [431, asked('GET /health/live', `A: ${'a'.repeat(17_000)}`)],
    [500, asked('POST /api/auth/', json('{"username":"a","password":"b"}'))]
  ]

  const answers = new Map<string, Answer & { expected: number }>()
  for (const [expected, bytes] of requests) {
    const name = `${expected} ${bytes.slice(0, 40).split('\r\n', 1)[0]}`
    answers.set(name, { expected, ...parseAnswer(await sendRaw(port, bytes)) })
  }
  await execute(db, 'alter table access_log rename to access_log_away')
  for (const line of ['GET /health/ready', 'GET /nowhere', 'GET /%zz']) {
    answers.set(`unlogged ${line}`, {
      expected: line.endsWith('ready') ? 200 : 503,
      ...parseAnswer(await sendRaw(port, asked(line)))
    })
  }

  t.test('F17: carries the security headers', async (t) => {
    for (const [name, { status, expected, headers }] of answers) {
      t.equal(status, expected, name)
      for (const [header, value] of Object.entries(SECURITY_HEADERS))
        t.equal(headers[header], value, `${name}: ${header}`)
      t.equal(headers['strict-transport-security'], undefined, 'no HSTS over http')
      t.notMatch(headers['content-security-policy'], /upgrade-insecure/)
    }
  })

  t.test('G17: has a content type with charset, and an error has the one shape', async (t) => {
    for (const [name, { status, headers, body }] of answers) {
      if (status === 204) {
        t.equal(body, '', name)
        continue
      }
      t.equal(headers['content-type'], 'application/json; charset=utf-8', name)
      if (body === '') t.match(name, /HEAD/)
      if (status < 400 || body === '') continue
      const error = JSON.parse(body)
      t.match(
        error,
        { statusCode: status, error: String, message: String, code: /^[A-Z0-9_]+$/ },
        `${name}: ${error.message}`
      )
      const fields = ['statusCode', 'error', 'message', 'code', 'msg', 'details', 'requestId']
      t.strictSame(
        Object.keys(error).filter((field) => !fields.includes(field)),
        []
      )
      t.equal(error.msg, status === 401 ? error.message : undefined, 'msg is for 401')
      if (status >= 500) t.equal(error.requestId, headers['x-request-id'])
      if (status === 503) t.equal(headers['retry-after'], '1')
    }
  })

  t.test('G19: does not tell what runs here', async (t) => {
    for (const [name, { headers, body }] of answers) {
      t.equal(headers.server, undefined, name)
      t.equal(headers['x-powered-by'], undefined)
      t.notMatch(JSON.stringify(headers) + body, /fastify|express|node|sqlite|postgres|drizzle|\d+\.\d+\.\d+/i)
    }
  })
})

t.test('G16: without configuration no origin is allowed anything', async (t) => {
  const { app } = await build(t)
  for (const method of ['GET', 'OPTIONS'] as const) {
    const { headers } = await app.inject({
      method,
      url: '/api/sample/',
      headers: { origin: 'https://app.example.org', 'access-control-request-method': 'GET' }
    })
    t.strictSame(
      Object.keys(headers).filter((name) => name.startsWith('access-control')),
      [],
      method
    )
    t.equal(headers['cross-origin-resource-policy'], 'same-origin')
  }
})

t.test('G16: a configured origin is allowed when it matches exactly, and never with credentials', async (t) => {
  const origins = ['https://app.example.org', 'http://localhost:3000']
  const { app } = await build(t, { CORS_ORIGIN: origins.join(', ') })
  const ask = (method: 'GET' | 'OPTIONS', url: string, origin: string | undefined) =>
    app.inject({
      method,
      url,
      headers: { ...(origin !== undefined && { origin }), 'access-control-request-method': 'DELETE' }
    })

  for (const origin of origins) {
    for (const url of ['/health/live', '/api/sample/', '/nowhere']) {
      const { headers } = await ask('GET', url, origin)
      t.equal(headers['access-control-allow-origin'], origin, `${origin} reads ${url}`)
      t.equal(headers['access-control-allow-credentials'], undefined)
      t.equal(headers.vary, 'Origin')
    }
    const preflight = await ask('OPTIONS', '/api/sample/1', origin)
    t.equal(preflight.statusCode, 204)
    t.equal(preflight.headers['access-control-allow-origin'], origin)
    t.match(preflight.headers['access-control-allow-methods'], /\bDELETE\b/)
    t.match(preflight.headers['access-control-allow-headers'], /\bAuthorization\b/)
    t.equal(preflight.headers['access-control-allow-credentials'], undefined)
  }
  const others = [
    undefined,
    '',
    'null',
    '*',
    'https://app.example.org.evil.example',
    'https://evil.example/?https://app.example.org',
    'https://evilapp.example.org',
    'https://x.app.example.org',
    'https://appxexample.org',
    'https://app.example.org:444',
    'https://app.example.org/',
    'https://user@app.example.org',
    'http://app.example.org',
    'HTTPS://APP.EXAMPLE.ORG',
    'https://app.example.org, http://localhost:3000',
    'http://localhost:30000',
    'http://localhost'
  ]
  for (const origin of others) {
    for (const method of ['GET', 'OPTIONS'] as const) {
      const { headers } = await ask(method, '/api/sample/', origin)
      t.strictSame(
        Object.keys(headers).filter((name) => name.startsWith('access-control')),
        [],
        `${method} from ${origin}`
      )
      t.equal(headers.vary, 'Origin', 'caches keep the answers apart')
    }
  }
})

t.test('F18: HSTS is said only when a trusted proxy says https', async (t) => {
  const ask = (app: FastifyInstance, remoteAddress: string, proto?: string) =>
    app.inject({
      url: '/health/live',
      remoteAddress,
      headers: { 'x-forwarded-for': '203.0.113.9', ...(proto && { 'x-forwarded-proto': proto }) }
    })
  const direct = await build(t)
  const proxied = await build(t, { TRUST_PROXY: '10.0.0.0/8' })
  const hsts = async (answer: ReturnType<typeof ask>) => (await answer).headers['strict-transport-security']

  t.match(await hsts(ask(proxied.app, '10.1.2.3', 'https')), /^max-age=(\d{8,})\b/)
  t.equal(await hsts(ask(proxied.app, '10.1.2.3', 'http')), undefined, 'the proxy was asked over http')
  t.equal(await hsts(ask(proxied.app, '10.1.2.3')), undefined, 'the proxy says nothing')
  t.equal(await hsts(ask(proxied.app, '192.0.2.1', 'https')), undefined, 'this is not the proxy')
  t.equal(await hsts(ask(direct.app, '10.1.2.3', 'https')), undefined, 'no proxy is trusted')
})

t.test('I6: health/live needs no database, health/ready does, and neither tells more', async (t) => {
  const { app, db, env } = await build(t)
  for (const url of ['/health/live', '/health/ready']) {
    const { statusCode, payload } = await app.inject(url)
    t.equal(statusCode, 200)
    t.equal(payload, '{"status":"ok"}', url)
  }
  await takeAwayDatabase(db, env)
  const ready = await app.inject('/health/ready')
  t.equal(ready.statusCode, 503)
  const { requestId, ...body } = ready.json()
  t.match(requestId, UUID)
  t.strictSame(body, {
    statusCode: 503,
    error: 'Service Unavailable',
    message: 'The server cannot do this now; try again',
    code: 'UNAVAILABLE'
  })
  const live = await app.inject('/health/live')
  t.equal(live.statusCode, 200)
  t.equal(live.payload, '{"status":"ok"}')
})

async function listening(t: Parameters<typeof build>[0]) {
  const server = await build(t)
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.app.server.address() as AddressInfo
  const callers: Record<'no role' | 'another role', Caller> = {
    'no role': await server.signIn(),
    'another role': await server.signIn('admin')
  }
  return { ...server, port, user: await server.signIn('user'), callers }
}

interface LogLine {
  level: number
  reqId?: string
  err: { code?: string; stack: string[] }
}

function logLines(text: string): LogLine[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

// Of the bytes of one answer; a body in chunks must be a single one.
function parseAnswer(bytes: string): Answer {
  const [head = '', ...rest] = bytes.split('\r\n\r\n')
  const [line = '', ...fields] = head.split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => [
      field.slice(0, field.indexOf(':')).toLowerCase(),
      field.slice(field.indexOf(':') + 1).trim()
    ])
  )
  const body = rest.join('\r\n\r\n')
  const chunk = headers['transfer-encoding'] === 'chunked' && /^[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n$/s.exec(body)?.[1]
  return { status: Number(line.split(' ')[1]), headers, body: chunk || body }
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
t.teardown(() => agent.destroy())

// Unlike inject and fetch this sends the address as it is.
function call(
  port: number,
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: OutgoingHttpHeaders; body?: string } = {}
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
    request({ host: '127.0.0.1', port, method, path, agent, headers: { ...length, ...headers } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
    })
      .on('error', reject)
      .end(body)
  })
}
