// Which web applications of other origins may read responses (CORS).

import t from 'tap'
import { build } from '../support/app.ts'

const OTHER_ORIGINS = [
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

t.test('without configuration no other origin is allowed [G16]', async (t) => {
  const { app } = await build(t)
  for (const method of ['GET', 'OPTIONS'] as const) {
    const { headers } = await app.inject({
      method,
      url: '/api/sample/',
      headers: { origin: 'https://app.example.org', 'access-control-request-method': 'GET' }
    })
    t.strictSame(corsHeaders(headers), [], method)
    t.equal(headers['cross-origin-resource-policy'], 'same-origin')
  }
})

t.test('a configured origin is allowed if it matches exactly, and never with credentials [G16]', async (t) => {
  const origins = ['https://app.example.org', 'http://localhost:3000']
  const { app } = await build(t, { CORS_ORIGIN: origins.join(', ') })
  const sendFrom = (origin: string | undefined, method: 'GET' | 'OPTIONS', url: string) =>
    app.inject({
      method,
      url,
      headers: { ...(origin !== undefined && { origin }), 'access-control-request-method': 'DELETE' }
    })

  for (const origin of origins) {
    for (const url of ['/health/live', '/api/sample/', '/nowhere']) {
      const { headers } = await sendFrom(origin, 'GET', url)
      t.equal(headers['access-control-allow-origin'], origin, `${origin} reads ${url}`)
      t.equal(headers['access-control-allow-credentials'], undefined)
      t.equal(headers.vary, 'Origin')
    }
    const preflight = await sendFrom(origin, 'OPTIONS', '/api/sample/1')
    t.equal(preflight.statusCode, 204)
    t.equal(preflight.headers['access-control-allow-origin'], origin)
    t.match(preflight.headers['access-control-allow-methods'], /\bDELETE\b/)
    t.match(preflight.headers['access-control-allow-headers'], /\bAuthorization\b/)
    t.equal(preflight.headers['access-control-allow-credentials'], undefined)
  }
  for (const origin of OTHER_ORIGINS) {
    for (const method of ['GET', 'OPTIONS'] as const) {
      const { headers } = await sendFrom(origin, method, '/api/sample/')
      t.strictSame(corsHeaders(headers), [], `${method} from ${origin}`)
      t.equal(headers.vary, 'Origin', 'caches keep one response per origin')
    }
  }
})

t.test('pages of a configured origin may send the headers of the API, and those of CORS_HEADERS [G16]', async (t) => {
  const own = ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match']
  const origin = 'https://app.example.org'
  for (const [CORS_HEADERS, added] of [
    ['', []],
    ['traceparent', ['traceparent']],
    [' traceparent,X-Tenant , baggage', ['traceparent', 'x-tenant', 'baggage']]
  ] as const) {
    const { app } = await build(t, { CORS_ORIGIN: origin, CORS_HEADERS })
    const preflight = async (from: string) => {
      const headers = {
        origin: from,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'traceparent,x-secret'
      }
      return (await app.inject({ method: 'OPTIONS', url: '/api/sample/1', headers })).headers
    }
    const allowed = String((await preflight(origin))['access-control-allow-headers'])
    t.strictSame(allowed.toLowerCase().split(', ').sort(), [...own, ...added].sort(), CORS_HEADERS)
    t.strictSame(corsHeaders(await preflight('https://evil.example')), [])
  }
  const { app } = await build(t, { CORS_HEADERS: 'traceparent' })
  const headers = { origin, 'access-control-request-method': 'GET' }
  t.strictSame(
    corsHeaders((await app.inject({ method: 'OPTIONS', url: '/', headers })).headers),
    [],
    'without an origin'
  )
})

function corsHeaders(headers: object): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control'))
}
