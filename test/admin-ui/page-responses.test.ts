// Every response of the pages is HTML with the headers that protect it, whatever becomes of the request.

import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { build, buildOn, execute } from '../support/app.ts'
import { type Visitor, visitor } from '../support/pages.ts'
import { addAdministrator } from './administrators.ts'
import { addTarget } from './form-targets.ts'
import { BROWSER, isPage } from './page-checks.ts'

type Fields = Record<string, string | string[]>
type Expected = [status: number, response: LightMyRequestResponse]

const { app, db, env } = await build(t)
const proxied = await buildOn(t, { ...env, TRUST_PROXY: '127.0.0.1' })
const account = await addAdministrator(db)
const target = await addTarget(app)

for (const [scheme, instance, headers] of [
  ['http', app, BROWSER],
  ['https', proxied.app, { ...BROWSER, 'x-forwarded-proto': 'https' }]
] as [string, FastifyInstance, Record<string, string>][]) {
  const secure = scheme === 'https'

  t.test(`over ${scheme}, every success and every error is a page that cannot be abused [F17, F18, G17]`, async (t) => {
    const [admin, stranger] = [visitor(instance, headers), visitor(instance, headers)]
    await admin.signIn(account)
    const responses = [
      ...(await responsesTo(admin, stranger)),
      ...(await everyPage(admin)),
      ...(await responsesWithoutTables(admin))
    ]
    for (const [status, response] of responses) {
      const name = `${response.raw.req.method} ${response.raw.req.url?.slice(0, 60)}`
      t.equal(response.statusCode, status, name)
      isPage(t, response)
      isHarmless(t, response, name, secure)
      t.equal(response.headers['cache-control'], 'no-store')
      if (status < 500) continue
      t.notMatch(
        response.payload,
        /user_role|refresh_token|access_log|\bselect\b|\.ts\b/,
        `${name} does not reveal the cause`
      )
    }
  })

  t.test(`over ${scheme}, the style sheet and the icon are protected like the pages [F17, F18, G17]`, async (t) => {
    const stranger = visitor(instance, headers)
    for (const path of ['/static/style.css', '/static/icon.svg']) {
      const file = await stranger.get(path)
      t.match(file, { statusCode: 200, headers: { 'content-type': /^(text\/css; charset=utf-8|image\/svg\+xml)/ } })
      const unchanged = await stranger.get(path, { 'if-none-match': String(file.headers.etag) })
      t.equal(unchanged.statusCode, 304)
      for (const response of [file, unchanged, await stranger.send('HEAD', path)]) {
        isHarmless(t, response, path, secure)
      }
    }
  })
}

t.test('the response to an address that no route sees is protected like the pages [F17]', async (t) => {
  isHarmless(t, await app.inject('/%zz'), '/%zz')
})

t.test('the API and the health checks answer a browser in JSON [G17]', async (t) => {
  for (const url of ['/api', '/api/nothing', '/api/static/style.css', '/health', '/health/nothing']) {
    for (const method of ['GET', 'POST'] as const) {
      const response = await app.inject({ method, url, headers: { accept: 'text/html' } })
      t.match(response, { statusCode: 404, headers: { 'content-type': 'application/json; charset=utf-8' } }, url)
      t.match(response.json(), { code: 'NOT_FOUND' }, url)
    }
  }
})

/** Returns the responses to requests of every kind, each with the status it must have. */
async function responsesTo(admin: Visitor, stranger: Visitor): Promise<Expected[]> {
  const { _csrf = '' } = (await admin.form('/', '/logout')).fields
  const post = (url: string, fields: Fields, more = {}) => admin.send('POST', url, { _csrf, ...fields }, more)
  const json = { 'content-type': 'application/json' }
  return [
    [200, await stranger.get('/login')],
    [401, await stranger.submit('/login', '/login', { username: 'nobody of this name', password: 'wrong' })],
    [302, await stranger.get('/')],
    [302, await stranger.send('POST', '/roles', {})],
    [302, await post(`/users/${target.id}/sign-out`, {})],
    [400, await admin.get('/users/x')],
    [400, await admin.get('/?q=%00')],
    [400, await admin.get('/?limit=1', { accept: 'application/json' })],
    [400, await post('/roles', { name: '<script>' })],
    [400, await post('/users/x/disable', {})],
    [403, await admin.send('POST', '/roles', { name: 'x' }, { accept: '*/*' })],
    [403, await admin.send('POST', '/roles', { name: 'x' }, json)],
    [404, await admin.get('/nothing')],
    [404, await stranger.get('/nothing.json')],
    [404, await stranger.send('POST', '/nothing', { name: 'x' }, json)],
    [404, await admin.get('/users/2147483647')],
    [404, await admin.get('/static/nothing.css')],
    [404, await admin.get('/static/%2e%2e/layout.njk')],
    [404, await admin.get('/apiary')],
    [405, await admin.send('PUT', '/roles')],
    [405, await admin.get('/logout', { accept: 'application/json' })],
    [409, await post('/roles', { name: 'admin' })],
    [413, await post('/roles', { name: 'x'.repeat(100_001) })],
    [415, await post('/roles', { name: 'x' }, { 'content-encoding': 'gzip' })]
  ]
}

/** Returns every page, as its administrator sees it. */
async function everyPage(admin: Visitor): Promise<Expected[]> {
  const pages = app
    .routePolicies()
    .filter(({ session, method, path }) => session && method === 'GET' && path !== '/login')
    .filter(({ path }) => !path.startsWith('/static') && !path.endsWith('.csv'))
  const responses: Expected[] = []
  for (const { path } of pages) {
    const status = /^\/(tokens|set_password)/.test(path) ? 302 : 200
    responses.push([status, await admin.get(target.url(path))])
  }
  return responses
}

/**
 * Returns the responses while a table is missing. The first is needed before the session is known, the second by the
 * page, the third once the page is rendered.
 */
async function responsesWithoutTables(admin: Visitor): Promise<Expected[]> {
  const responses: Expected[] = []
  for (const [table, status] of [
    ['user_role', 500],
    ['refresh_token', 500],
    ['access_log', 503]
  ] as const) {
    await execute(db, `alter table ${table} rename to ${table}_away`)
    responses.push([status, await admin.get('/')])
    await execute(db, `alter table ${table}_away rename to ${table}`)
  }
  return responses
}

/** Shows that a response has the security headers, and makes browsers stay on https if it came over https. */
function isHarmless(t: Test, { headers }: LightMyRequestResponse, name: string, secure = false): void {
  const expected: Record<string, string> = {
    'content-security-policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin'
  }
  const sent = Object.fromEntries(Object.keys(expected).map((header) => [header, headers[header]]))
  t.strictSame(sent, expected, name)
  const [, seconds = 0] = /^max-age=(\d+)/.exec(String(headers['strict-transport-security'] ?? '')) ?? []
  t.equal(Number(seconds) >= 31_536_000, secure, `${name}: a year of HSTS over https, none over http`)
}
