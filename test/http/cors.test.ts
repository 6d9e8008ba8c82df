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

function corsHeaders(headers: object): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control'))
}
