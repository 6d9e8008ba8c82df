// What every response has in common, whatever its status and wherever in the server it was made.

import t from 'tap'
import { execute } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { parseResponse, type RawResponse, sendRaw } from '../support/net.ts'
import { BODY_LIMIT } from './bodies.ts'

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store'
}

t.test('every response', async (t) => {
  const { db, port, user, signIn } = await buildListening(t)
  const sample = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
  const part = { sample_id: sample, label: 'Scale', seen_at: '2024-01-01T11:24:59Z', amount: 1, done: false }
  t.equal((await user.post('/api/part/', part)).statusCode, 201)

  const bearer = `Authorization: Bearer ${user.access_token}`
  const withoutRole = `Authorization: Bearer ${(await signIn()).access_token}`

  await execute(db, 'alter table login_failure rename to login_failure_away')

  const requests: [status: number, bytes: string][] = [
    [200, request('GET /health/live')],
    [200, request('HEAD /health/live')],
    [200, request(`GET /api/sample/${sample}`, bearer)],
    [201, request('POST /api/sample/', bearer, json('{"name":"Height"}'))],
    [204, request('OPTIONS /api/sample/')],
    [304, request(`GET /api/sample/${sample}`, bearer, 'If-None-Match: *')],
    [304, request(`HEAD /api/sample/${sample}`, bearer, 'If-None-Match: *')],
    [400, request('POST /api/sample/', bearer, json('{"name":5}'))],
    [400, request('POST /api/sample/', bearer, json('{'))],
    [400, request('GET /%zz')],
    [400, request('HEAD /%zz')],
    [400, request('GET /api/sample/%00', bearer)],
    [400, request('GET /api/sample/x', bearer)],
    [400, 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [400, 'no HTTP at all\r\n\r\n'],
    [400, request('GET /health/live', 'A : b')],
    [
      400,
      request('POST /api/sample/', bearer, 'Content-Type: application/json', 'Transfer-Encoding: chunked\r\n\r\nz')
    ],
    [401, request('GET /api/sample/')],
    [401, request('GET /api/sample/', 'Authorization: Bearer x')],
    [403, request('GET /api/sample/', withoutRole)],
    [404, request('GET /nowhere')],
    [404, request('GET /api/sample/999', bearer)],
    [405, request('PUT /api/sample/', bearer)],
    [405, 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n'],
    [409, request(`DELETE /api/sample/${sample}`, bearer)],
    [412, request(`DELETE /api/sample/${sample}`, bearer, 'If-Match: "77"')],
    [413, request('POST /api/sample/', bearer, json(' '.repeat(BODY_LIMIT + 1)))],
    [
      413,
      request(
        'POST /api/auth/',
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
        `\r\n1;${'x'.repeat(17_000)}\r\n`
      )
    ],
    [414, request(`GET /api/sample/${'1'.repeat(101)}`, bearer)],
    [415, request('POST /api/sample/', bearer, 'Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx')],
    [417, request('GET /health/live', 'Expect: junk')],
    [431, request('GET /health/live', `A: ${'a'.repeat(17_000)}`)],
    [500, request('POST /api/auth/', json('{"username":"a","password":"b"}'))]
  ]

  const responses = new Map<string, RawResponse & { expected: number }>()
  for (const [expected, bytes] of requests) {
    const name = `${expected} ${bytes.slice(0, 40).split('\r\n', 1)[0]}`
    responses.set(name, { expected, ...parseResponse(await sendRaw(port, bytes)) })
  }
  await execute(db, 'alter table access_log rename to access_log_away')
  for (const line of ['GET /health/ready', 'GET /nowhere', 'GET /%zz']) {
    const expected = line.endsWith('ready') ? 200 : 503
    responses.set(`unlogged ${line}`, { expected, ...parseResponse(await sendRaw(port, request(line))) })
  }

  t.test('has the security headers, and no HSTS over http [F17, F18]', async (t) => {
    for (const [name, { status, expected, headers }] of responses) {
      t.equal(status, expected, name)
      for (const [header, value] of Object.entries(SECURITY_HEADERS))
        t.equal(headers[header], value, `${name}: ${header}`)
      t.equal(headers['strict-transport-security'], undefined, 'no HSTS over http')
      t.notMatch(headers['content-security-policy'], /upgrade-insecure/)
    }
  })

  t.test('has a content type with a charset, and an error always has the same shape [G17]', async (t) => {
    for (const [name, { status, headers, body }] of responses) {
      if (status === 204 || status === 304) {
        t.equal(body, '', name)
        t.equal(headers['content-type'], undefined, name)
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
      t.equal(error.msg, status === 401 ? error.message : undefined, 'only a 401 has msg')
      if (status >= 500) t.equal(error.requestId, headers['x-request-id'])
      if (status === 503) t.equal(headers['retry-after'], '1')
    }
  })

  t.test('does not reveal which software runs here [G19]', async (t) => {
    for (const [name, { headers, body }] of responses) {
      t.equal(headers.server, undefined, name)
      t.equal(headers['x-powered-by'], undefined)
      t.notMatch(JSON.stringify(headers) + body, /fastify|express|node|sqlite|postgres|drizzle|\d+\.\d+\.\d+/i)
    }
  })
})

/** Returns a request. The last header may be followed by an empty line and a body. */
function request(line: string, ...headers: string[]): string {
  const bytes = [`${line} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers].join('\r\n')
  return headers.at(-1)?.includes('\r\n\r\n') ? bytes : `${bytes}\r\n\r\n`
}

/** Returns the headers of a JSON body, an empty line, and the body. */
function json(text: string): string {
  return `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}
