// The pages as a browser meets them: no form but their own changes anything, no redirect leaves them, and every answer is
// HTML with the headers that keep it harmless.

import { randomBytes } from 'node:crypto'
import { type Algorithm, hash } from '@node-rs/argon2'
import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { setRoles } from '../src/accounts.ts'
import { fromNow } from '../src/instants.ts'
import { login_failure, refresh_token, role, session, user, user_role } from '../src/tables/account.ts'
import { build, buildOn, execute, signInAs } from './support/app.ts'
import { forms, text, type Visitor, visitor } from './support/pages.ts'

type Answer = Awaited<ReturnType<Visitor['get']>>
type Fields = Record<string, string | string[]>

const PASSWORD = 'a long and quiet evening'
const ARGON2ID = 2 as Algorithm // a const enum that isolated modules cannot import
/** What a browser says it takes; nothing else is sent a page for an address that does not exist. */
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const FORM = 'application/x-www-form-urlencoded'

const { app, db, env } = await build(t)
const second = await buildOn(t, env)

// Signing in costs as much as the hash asks for; the price of the server's own is shown elsewhere.
const password_hash = await hash(PASSWORD, { algorithm: ARGON2ID, memoryCost: 8, timeCost: 1, parallelism: 1 })
const boss = await administrator()

t.test('F6: only a POST changes anything', async (t) => {
  const target = await inUse()
  const admin = await signedIn(boss)
  const posts = app.routePolicies().filter(({ session, method }) => session && method === 'POST')
  const postOnly = posts.filter(({ path }) => !['/', '/login', '/roles', '/users/:id/delete'].includes(path))
  t.ok(postOnly.length >= 10)
  const addresses: [url: string, status: number][] = [
    ...postOnly.map(({ path }): [string, number] => [target.url(path), 405]),
    [`/delete_user/${target.id}`, 404],
    [`/delete_user?id=${target.id}`, 404],
    ['/token/toggle', 404],
    [`/token/toggle/${target.jti}`, 404],
    [`/token/toggle?id=${target.jti}`, 404],
    [`/users/${target.id}/delete`, 200],
    ['/?username=intruder&password=&roles=admin', 400],
    ['/roles?name=intruder', 200]
  ]
  const before = await state()
  for (const [url, status] of addresses) {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await admin.send(method, url, undefined, { 'x-http-method-override': 'POST' })
      t.equal(answer.statusCode, status, `${method} ${url}`)
      if (status === 405) t.equal(answer.headers.allow, 'OPTIONS, POST')
      isPage(t, answer, method)
    }
  }
  t.strictSame(await state(), before)
  t.equal((await admin.get('/')).statusCode, 200, 'and nobody was signed out')
})

t.test('F7: no form changes anything without the token of its session, and each does with it', async (t) => {
  const target = await inUse()
  const admin = await signedIn(await administrator())
  const posts: [path: string, fields: Fields][] = [
    ['/', { username: `${target.username}-2`, password: '' }],
    ['/roles', { name: 'added' }],
    ['/roles/:id/delete', {}],
    ['/users/:id/roles', { roles: 'admin' }],
    ['/users/:id/tokens/:jti/block', {}],
    ['/users/:id/tokens/:jti/unblock', {}],
    ['/users/:id/tokens/block', {}],
    ['/users/:id/sessions/:key/end', {}],
    ['/users/:id/sessions/end', {}],
    ['/users/:id/password', { password: '' }],
    ['/users/:id/disable', {}],
    ['/users/:id/enable', {}],
    ['/users/:id/delete', {}],
    ['/account/password', { old_password: PASSWORD, new_password: 'another long and quiet evening' }],
    ['/logout', {}]
  ]
  const known = app.routePolicies().filter(({ method, session }) => session && method === 'POST')
  t.strictSame(known.map(({ path }) => path).sort(), [...posts.map(([path]) => path), '/login'].sort(), 'all are here')

  for (const [path, fields] of posts) {
    const { _csrf = '' } = (await admin.form('/', '/logout')).fields
    const before = await state()
    isRefused(t, await admin.send('POST', target.url(path), fields), `POST ${path} without a token`)
    t.strictSame(await state(), before, 'changes nothing')
    t.equal((await admin.send('POST', target.url(path), { ...fields, _csrf })).statusCode, 302, `POST ${path} with it`)
    t.strictNotSame(await state(), before, 'does')
  }
})

t.test('F7, F11: a refused form shows nothing of its page to whoever may not see it', async (t) => {
  const target = await inUse()
  const [account, { username: bystander }] = [await administrator(), await administrator()]
  const former = await signedIn(account)
  const { _csrf = '' } = (await former.form('/', '/logout')).fields
  await execute(db, `delete from user_role where user_id = ${account.id}`)
  const refusals: [name: string, fields: Fields, headers?: Record<string, string>, query?: string][] = [
    ['no token', {}],
    ['a token', { _csrf }],
    ['a field too many', { _csrf, nonsense: 'x' }],
    ['another origin', { _csrf }, { origin: 'https://evil.test' }],
    ['another site', { _csrf }, { 'sec-fetch-site': 'cross-site' }],
    ['another type', { _csrf }, { 'content-type': 'text/plain' }],
    ['a compressed body', { _csrf }, { 'content-encoding': 'gzip' }],
    ['a body too large', { _csrf, nonsense: 'x'.repeat(100_001) }],
    ['NUL in the address', { _csrf }, {}, '?x=%00']
  ]
  const posts = app.routePolicies().filter(({ method, session }) => session && method === 'POST')
  const before = await state()
  for (const { path } of posts.filter((route) => !/^\/log(in|out)$/.test(route.path))) {
    for (const [name, fields, headers, query = ''] of refusals) {
      for (const who of [visitor(app, BROWSER), former]) {
        const answer = await who.send('POST', target.url(path) + query, fields, headers)
        t.match(answer, { statusCode: /^(302|4..)$/ }, `POST ${path} with ${name}`)
        isPage(t, answer)
        const told = [target.username, target.spare, target.jti, bystander, 'Live tokens']
        t.strictSame(
          told.filter((data) => answer.payload.includes(data)),
          [],
          'is told nothing'
        )
      }
    }
  }
  t.strictSame(await state(), before)
})

t.test('F7: a token counts only in a form, once, in the session it was made for', async (t) => {
  const account = await administrator()
  const early = visitor(app)
  const login = await early.form('/login', '/login')
  await early.send('POST', '/login', { ...login.fields, username: account.username, password: PASSWORD })
  const [admin, other] = [early, await signedIn(account)]
  const own = String((await admin.form('/roles', '/roles')).fields._csrf)
  const others = String((await other.form('/roles', '/roles')).fields._csrf)
  const stranger = await signedIn(boss)
  const strangers = String((await stranger.form('/roles', '/roles')).fields._csrf)

  const good = { url: '/roles', payload: `_csrf=${own}&name=intruder`, type: FORM as string | undefined }
  const multipart = ['_csrf', 'name'].map(
    (name) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${name === 'name' ? 'intruder' : own}\r\n`
  )
  type Attempt = Partial<typeof good> & { headers?: Record<string, string>; cookie?: string }
  const cookie = cookieOf(admin)
  const attempts: Record<string, Attempt> = {
    'no token': { payload: 'name=intruder' },
    'an empty token': { payload: '_csrf=&name=intruder' },
    garbage: { payload: '_csrf=garbage&name=intruder' },
    'a token with NUL': { payload: `_csrf=${own}%00&name=intruder` },
    'a token cut short': { payload: `_csrf=${own.slice(0, -1)}&name=intruder` },
    'a token of another salt': { payload: `_csrf=${own.replace(/-./, '-_')}&name=intruder` },
    'the token of the sign-in page': { payload: `_csrf=${login.fields._csrf}&name=intruder` },
    'the token of another session of the same account': { payload: `_csrf=${others}&name=intruder` },
    'the token of another account': { payload: `_csrf=${strangers}&name=intruder` },
    'the token and the secret of another session': {
      payload: `_csrf=${others}&name=intruder`,
      cookie: `session=${admin.cookies.get('session')}; form=${other.cookies.get('form')}`
    },
    'the right token without its secret': { cookie: `session=${admin.cookies.get('session')}` },
    'the right token twice': { payload: `_csrf=${own}&_csrf=${own}&name=intruder` },
    'the right token after another': { payload: `_csrf=x&_csrf=${own}&name=intruder` },
    'the right token as an element': { payload: `_csrf[]=${own}&name=intruder` },
    'the right token in a field of another name': { payload: `csrf=${own}&_csrf[x]=${own}&name=intruder` },
    'the right token in the query only': { url: `/roles?_csrf=${own}`, payload: 'name=intruder' },
    'the right token in headers only': {
      payload: 'name=intruder',
      headers: Object.fromEntries(['csrf-token', 'xsrf-token', 'x-csrf-token', 'x-xsrf-token'].map((key) => [key, own]))
    },
    'a body as text': { type: 'text/plain' },
    'a body as text that names the other type': { type: `text/plain; ${FORM}` },
    'a body of no type': { type: undefined },
    'a body of an unknown type': { type: `${FORM}-x` },
    'a body as JSON': { type: 'application/json', payload: JSON.stringify({ _csrf: own, name: 'intruder' }) },
    'a body as multipart': { type: 'multipart/form-data; boundary=x', payload: `${multipart.join('')}--x--\r\n` },
    'no body': { payload: '' }
  }
  const before = await state()
  for (const [name, attempt] of Object.entries(attempts)) {
    const { url, payload, type, headers = {}, cookie: sent = cookie } = { ...good, ...attempt } as Attempt
    const answer = await app.inject({
      method: 'POST',
      url,
      payload,
      headers: { cookie: sent, ...(type && { 'content-type': type }), ...headers }
    })
    isRefused(t, answer, name)
    t.notMatch(answer.headers['set-cookie'] ?? '', /session/)
  }
  t.strictSame(await state(), before, 'and nothing has changed')

  for (const [instance, type] of [
    [app, FORM],
    [second.app, `${FORM.toUpperCase()}; charset=UTF-8`]
  ] as const) {
    const name = `good-${randomBytes(4).toString('hex')}`
    const payload = `_csrf=${own}&name=${name}`
    const headers = { cookie, 'content-type': type }
    const answer = await instance.inject({ method: 'POST', url: '/roles', payload, headers })
    t.match(
      answer,
      { statusCode: 302, headers: { location: '/roles' } },
      'while in its form it is good, at any instance'
    )
    t.equal(await db.$count(role, eq(role.name, name)), 1)
  }
})

t.test('F8: the form to sign in is protected too, and its token is none of the session', async (t) => {
  const { username } = await administrator()
  const [browser, other] = [visitor(app), visitor(app)]
  const { _csrf: own = '' } = (await browser.form('/login', '/login')).fields
  const { _csrf: others = '' } = (await other.form('/login', '/login')).fields
  const inside = await signedIn(boss)
  const { _csrf: sessions = '' } = (await inside.form('/', '/logout')).fields
  const credentials = { username, password: PASSWORD }
  const before = await state()
  for (const [name, from, fields, more] of [
    ['no token', browser, {}],
    ['garbage', browser, { _csrf: 'garbage' }],
    ['the token of another visitor', browser, { _csrf: others }],
    ['the token twice', browser, { _csrf: [own, own] }],
    ['the token without its secret', visitor(app), { _csrf: own }],
    ['the token of a session', inside, { _csrf: sessions }],
    ['a body as text', browser, { _csrf: own }, { 'content-type': 'text/plain' }],
    ['a form of another site', browser, { _csrf: own }, { origin: 'https://evil.test' }],
    ['a form that a browser says is of another site', browser, { _csrf: own }, { 'sec-fetch-site': 'cross-site' }]
  ] as [string, Visitor, Fields, Record<string, string>?][]) {
    isRefused(t, await from.send('POST', '/login', { ...credentials, ...fields }, more), name)
  }
  t.strictSame(await state(), before, 'nobody was signed in')
  t.equal(await db.$count(login_failure), 0, 'and no password was looked at')

  t.equal((await browser.send('POST', '/login', { ...credentials, _csrf: own })).statusCode, 302)
  const { _csrf: rotated } = (await browser.form('/', '/logout')).fields
  t.not(rotated, own)
  isRefused(t, await browser.send('POST', '/logout', { _csrf: own }), 'what signed in does not sign out')
  t.equal((await browser.send('POST', '/logout', { _csrf: rotated ?? '' })).statusCode, 302)
})

t.test('F9: a form that says it comes from elsewhere is refused with the right token too', async (t) => {
  const admin = await signedIn(boss)
  const { _csrf = '' } = (await admin.form('/roles', '/roles')).fields
  const host = 'server.example'
  const send = (name: string, headers: Record<string, string>) =>
    admin.send('POST', '/roles', { _csrf, name }, { host, ...headers })
  const foreign = [
    'null',
    'https://evil.test',
    `http://${host}.evil.test`,
    `http://evil-${host}`,
    `http://evil.${host}`,
    'http://example',
    `http://${host}:8080`,
    `http://${host}.`,
    `http://${host}@evil.test`,
    `http://evil.test/${host}`,
    `http://evil.test#${host}`,
    `http://evil.test?http://${host}`,
    `http://evil.test http://${host}`,
    `http://${host} http://evil.test`,
    `http://${host}, http://evil.test`,
    host,
    '',
    'file://',
    'data:',
    'garbage'
  ]
  const before = await state()
  for (const origin of foreign) isRefused(t, await send('intruder', { origin }), `Origin: ${origin}`)
  for (const site of ['cross-site', 'same-site', 'same-origin, cross-site', 'garbage', '']) {
    isRefused(t, await send('intruder', { 'sec-fetch-site': site }), `Sec-Fetch-Site: ${site}`)
    isRefused(t, await send('intruder', { 'sec-fetch-site': site, origin: `http://${host}` }), `${site}, from here`)
  }
  isRefused(
    t,
    await send('intruder', { origin: 'http://evil.test', 'x-forwarded-host': 'evil.test' }),
    'a claimed host'
  )
  t.strictSame(await state(), before, 'and nothing has changed')

  const own: Record<string, string>[] = [
    {},
    { origin: `http://${host}` },
    { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { host: `${host}:5000`, origin: `http://${host}:5000` },
    { host: '[::1]:5000', origin: 'http://[::1]:5000' }
  ]
  for (const [index, headers] of own.entries()) {
    t.equal((await send(`own-${index}`, headers)).statusCode, 302, JSON.stringify(headers))
  }
  for (const url of ['/', '/login', '/roles']) {
    const followed = await admin.get(url, { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site', host })
    t.match(followed, { statusCode: /^(200|302)$/ }, `a link from elsewhere to ${url} is followed`)
  }
})

const HOSTILE = [
  'https://evil.test/',
  '//evil.test',
  '///evil.test',
  '////evil.test',
  '/\\evil.test',
  '\\/evil.test',
  '\\\\evil.test',
  '/\\/evil.test',
  '/\t/evil.test',
  '\t//evil.test',
  '/\n/evil.test',
  '/\r\n/evil.test',
  '\u0001//evil.test',
  '/\u0085/evil.test',
  '/\u200b/evil.test',
  ' //evil.test',
  ' /x',
  '/.//evil.test',
  '/..//evil.test',
  '/x/..//evil.test',
  '/%2e//evil.test',
  '/x/%2E%2e//evil.test',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)//',
  '/javascript:/\\evil.test',
  'data:text/html,<script>alert(1)</script>',
  'http:evil.test',
  'http:/evil.test',
  'https:///evil.test',
  'http://localhost:80@evil.test/',
  '@evil.test',
  '.evil.test',
  ':80@evil.test',
  'evil.test',
  '//user:password@evil.test/',
  '//[::1]/',
  '/x\r\nLocation: https://evil.test',
  '/x\\',
  '?x=1',
  '#x',
  ''
]

t.test('F19: nothing that is given as `next` leads to another origin', async (t) => {
  const account = await administrator()
  const browser = visitor(app)
  const { fields } = await browser.form('/login', '/login')
  const here = (location: unknown) => new URL(String(location), 'http://host/').origin === 'http://host'

  for (const next of HOSTILE) {
    const shown = await browser.form(`/login?next=${encodeURIComponent(next)}`, '/login')
    t.equal(shown.fields.next, '/', `${JSON.stringify(next)} is not put into the form`)
    const inside = visitor(app)
    for (const [name, value] of browser.cookies) inside.cookies.set(name, value)
    const credentials = { username: account.username, password: PASSWORD }
    const answer = await inside.send('POST', '/login', { ...fields, ...credentials, next })
    t.match(answer, { statusCode: 302, headers: { location: '/' } }, 'and not followed when it is')
  }
  for (const query of ['next=/x&next=//evil.test', 'next[]=//evil.test', 'next', 'next=%5C%5Cevil.test', 'x=1']) {
    t.equal((await browser.form(`/login?${query}`, '/login')).fields.next, '/', query)
  }

  for (const next of ['/users/1', '/?q=anna', '/account#tokens', '/?q=%C3%A4%26x&after=b', "/a;b:c@d'(e)"]) {
    const inside = visitor(app)
    const asked = await inside.get(next.split('#')[0] ?? '')
    const form = await inside.form(`/login?next=${encodeURIComponent(next)}`, '/login')
    const answer = await inside.send('POST', '/login', {
      ...form.fields,
      username: account.username,
      password: PASSWORD
    })
    t.equal(answer.headers.location, next, `${next} is led to`)
    if (asked.statusCode !== 302 || next.includes('#')) continue
    t.equal(asked.headers.location, `/login?next=${encodeURIComponent(next)}`, 'and a link to it leads there')
  }

  const admin = await signedIn(account)
  const { _csrf = '' } = (await admin.form('/', '/logout')).fields
  const pieces = '/ // \\ . .. evil.test : @ ? # %2f %5c %09 %2e %00 \t \n \r http: https:// javascript: ; ä 😀 [ ] %'
  const piece = fc.constantFrom(...pieces.split(' '), ' ', '\0', '\u2028', '\u3002', '\uff0f', '\ud800')
  const anyNext = fc.array(fc.oneof({ weight: 9, arbitrary: piece }, fc.string()), { maxLength: 8 })
  await t.resolves(
    fc.assert(
      fc.asyncProperty(anyNext, fc.boolean(), async (parts, slash) => {
        const next = `${slash ? '/' : ''}${parts.join('')}`
        const sent = await admin.send('POST', `/users/${account.id}/tokens/block`, { _csrf, next })
        const shown = await browser.get(`/login?next=${encodeURIComponent(next.toWellFormed())}`)
        const asked = await app.inject(`/users/${encodeURIComponent(next.toWellFormed())}`)
        const locations = [sent, asked].map(({ headers }) => headers.location ?? '/')
        const inForm = forms(shown.payload)[0]?.fields.next ?? '/'
        const inLink = new URL(asked.headers.location ?? '/', 'http://host/').searchParams.get('next') ?? '/'
        return [...locations, inForm, inLink].every(here) && [sent, shown, asked].every((one) => one.statusCode < 500)
      }),
      { numRuns: 200 }
    )
  )
})

t.test('F17, F18, G17: whatever becomes of a request, a page answers it, and one that cannot be abused', async (t) => {
  const proxied = await buildOn(t, { ...env, TRUST_PROXY: '127.0.0.1' })
  const target = await inUse()
  const pages = app
    .routePolicies()
    .filter(({ session, method, path }) => session && method === 'GET' && path !== '/login')
  for (const [instance, headers] of [
    [app, BROWSER],
    [proxied.app, { ...BROWSER, 'x-forwarded-proto': 'https' }]
  ] as [typeof app, Record<string, string>][]) {
    const secure = instance !== app
    const [admin, stranger] = [visitor(instance, headers), visitor(instance, headers)]
    await admin.signIn(boss)
    const { _csrf = '' } = (await admin.form('/', '/logout')).fields
    const post = (url: string, fields: Fields, more = {}) => admin.send('POST', url, { _csrf, ...fields }, more)

    const answers: [status: number, answer: Answer][] = [
      [200, await stranger.get('/login')],
      [401, await stranger.submit('/login', '/login', { username: 'nobody of this name', password: 'wrong' })],
      [302, await stranger.get('/')],
      [302, await stranger.send('POST', '/roles', {})],
      [302, await post(`/users/${target.id}/tokens/block`, {})],
      [400, await admin.get('/users/x')],
      [400, await admin.get('/?q=%00')],
      [400, await admin.get('/?limit=1', { accept: 'application/json' })],
      [400, await post('/roles', { name: '<script>' })],
      [400, await post('/users/x/disable', {})],
      [403, await admin.send('POST', '/roles', { name: 'x' }, { accept: '*/*' })],
      [403, await admin.send('POST', '/roles', { name: 'x' }, { 'content-type': 'application/json' })],
      [404, await admin.get('/nothing')],
      [404, await stranger.get('/nothing.json')],
      [404, await stranger.send('POST', '/nothing', { name: 'x' }, { 'content-type': 'application/json' })],
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
    for (const { path } of pages.filter(({ path }) => !path.startsWith('/static'))) {
      answers.push([/^\/(tokens|set_password)/.test(path) ? 302 : 200, await admin.get(target.url(path))])
    }
    // The first is missed before the session is known, the second by the page, the third when all is done.
    for (const [table, status] of [
      ['user_role', 500],
      ['refresh_token', 500],
      ['access_log', 503]
    ] as const) {
      await execute(db, `alter table ${table} rename to ${table}_away`)
      answers.push([status, await admin.get('/')])
      await execute(db, `alter table ${table}_away rename to ${table}`)
    }
    for (const [status, answer] of answers) {
      const name = `${answer.raw.req.method} ${answer.raw.req.url?.slice(0, 60)} over ${secure ? 'https' : 'http'}`
      t.equal(answer.statusCode, status, name)
      isPage(t, answer)
      isHarmless(t, answer, name, secure)
      t.equal(answer.headers['cache-control'], 'no-store')
      if (status >= 500)
        t.notMatch(answer.payload, /user_role|refresh_token|access_log|\bselect\b|\.ts\b/, 'nothing is told')
    }

    for (const path of ['/static/style.css', '/static/icon.svg']) {
      const file = await stranger.get(path)
      t.match(file, { statusCode: 200, headers: { 'content-type': /^(text\/css; charset=utf-8|image\/svg\+xml)/ } })
      const kept = await stranger.get(path, { 'if-none-match': String(file.headers.etag) })
      t.equal(kept.statusCode, 304)
      for (const answer of [file, kept, await stranger.send('HEAD', path)]) isHarmless(t, answer, path, secure)
    }
  }
  isHarmless(t, await app.inject('/%zz'), 'an address that no route sees')

  for (const url of ['/api', '/api/nothing', '/api/static/style.css', '/health', '/health/nothing']) {
    for (const method of ['GET', 'POST'] as const) {
      const answer = await app.inject({ method, url, headers: { accept: 'text/html' } })
      t.match(answer, { statusCode: 404, headers: { 'content-type': 'application/json; charset=utf-8' } }, url)
      t.match(answer.json(), { code: 'NOT_FOUND' }, 'the API answers as an API')
    }
  }
})

t.test('F25: the pages need no script, and passwords are typed and pasted into fields for passwords', async (t) => {
  const admin = await signedIn(boss)
  const target = await inUse()
  const { _csrf = '' } = (await admin.form('/', '/logout')).fields
  const typed = 'wrong and far too well known'
  const passwords: Record<string, Record<string, string>> = {
    '/login': { password: 'current-password' },
    '/': { password: 'new-password' },
    '/users/:id': { password: 'new-password' },
    '/account': { old_password: 'current-password', new_password: 'new-password' }
  }
  const refused: Record<string, [action: string, fields: Fields]> = {
    '/login': ['/login', { username: boss.username, password: typed }],
    '/': ['/', { username: '', password: typed }],
    '/users/:id': ['/users/:id/password', { password: `${typed}\0` }],
    '/account': ['/account/password', { old_password: typed, new_password: typed }],
    '/roles': ['/roles', { name: '' }]
  }
  for (const path of ['/login', '/', '/users/:id', '/users/:id/delete', '/account', '/roles', '/nowhere']) {
    const browser = path === '/login' ? visitor(app) : admin
    const shown = [await browser.get(target.url(path))]
    const [action, fields] = refused[path] ?? []
    if (action) {
      const token = path === '/login' ? (await browser.form('/login', '/login')).fields._csrf : _csrf
      const answer = await browser.send('POST', target.url(action), { ...fields, _csrf: token ?? '' })
      t.match(answer, { statusCode: /^4/ }, `${action} is refused`)
      shown.push(answer)
    }
    for (const { payload } of shown) {
      t.notMatch(
        payload,
        /<(script|iframe|object|embed|base)|javascript:|http-equiv|<[^>]*\s(on\w+|style)=/i,
        `${path} has no script`
      )
      t.notOk(payload.includes(typed), 'what was typed as a password is not repeated')
      for (const form of forms(payload)) {
        t.match(form.method, /^(get|post)$/)
        t.match(form.button, /\w/, `its form for ${form.action} is sent by a button`)
        t.equal('_csrf' in form.fields, form.method === 'post')
      }
      const inputs = [...payload.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag)
      const secrets = inputs.filter((tag) => /type="password"|name="\w*password/.test(tag))
      const expected = Object.entries(passwords[path] ?? {})
      t.equal(secrets.length, expected.length)
      for (const [name, autocomplete] of expected) {
        const tag = secrets.find((one) => one.includes(`name="${name}"`)) ?? ''
        t.match(tag, 'type="password"')
        t.match(tag, `autocomplete="${autocomplete}"`)
        t.notMatch(tag, /maxlength|readonly|disabled|value="[^"]/, 'it can be pasted whole')
      }
    }
  }
  t.match((await visitor(app).get('/login')).payload, /name="username"[^>]*autocomplete="username"/)
})

t.test('H3: NUL, or what is no UTF-8, in any field of a form is a page with 400, and nothing is stored', async (t) => {
  const target = await inUse()
  const admin = await signedIn(boss)
  const { _csrf = '' } = (await admin.form('/', '/logout')).fields
  const stranger = visitor(app)
  const login = (await stranger.form('/login', '/login')).fields
  const username = `nul-${randomBytes(6).toString('hex')}`
  const password = 'another long and quiet evening'
  const cases: [path: string, fields: Fields][] = [
    ['/', { username: `${username}\0`, password: '' }],
    ['/', { username: `\0${username}`, password: '' }],
    ['/', { username, password: `${password}\0` }],
    ['/', { username, password: '', roles: 'user\0' }],
    ['/', { username, password: '', roles: ['user', '\0'] }],
    ['/', { username, password: '', 'roles\0': 'user' }],
    ['/roles', { name: 'nul\0' }],
    ['/account/password', { old_password: `${PASSWORD}\0`, new_password: password }],
    ['/account/password', { old_password: PASSWORD, new_password: `${password}\0` }],
    ['/users/:id/password', { password: `${password}\0` }],
    ['/users/:id/roles', { roles: 'admin\0' }],
    ['/users/:id/disable', { next: '/\0' }],
    ['/users/:id/delete', { '\0': '' }],
    ['/users/:id/tokens/block', { next: '/account\0' }],
    ['/users/:id/tokens/%00/block', {}],
    ['/users/:id%00/disable', {}],
    ['/logout', { next: '\0' }]
  ]
  const before = await state()
  const answers = new Map<string, Answer>()
  for (const [path, fields] of cases) {
    const sent = await admin.send('POST', target.url(path), { _csrf, ...fields })
    answers.set(`POST ${path} ${JSON.stringify(fields)}`, sent)
  }
  for (const fields of [
    { username: `${boss.username}\0` },
    { password: `${PASSWORD}\0` },
    { next: '/\0' }
  ] as Fields[]) {
    const right = { ...login, username: boss.username, password: PASSWORD }
    answers.set(`POST /login ${Object.keys(fields)}`, await stranger.send('POST', '/login', { ...right, ...fields }))
  }
  const cookie = cookieOf(admin)
  const headers = { cookie, 'content-type': FORM }
  const bent = ['%ED%A0%80', '%FF', '%C3', '%C0%80', '%zz', '%', '%4', '\xff', '\xc3(']
  for (const field of [...bent.map((value) => `name=bent${value}`), ...bent.map((name) => `name=bent&${name}=x`)]) {
    const payload = Buffer.from(`_csrf=${_csrf}&${field}`, 'latin1')
    answers.set(`POST /roles ${field}`, await app.inject({ method: 'POST', url: '/roles', payload, headers }))
  }
  for (const path of ['/?q=%00', '/?after=%00', '/login?next=%00', '/users/%00', '/users/:id?before=%00']) {
    answers.set(`GET ${path}`, await admin.get(target.url(path)))
  }
  for (const [name, answer] of answers) {
    t.equal(answer.statusCode, 400, name)
    isPage(t, answer)
  }
  t.strictSame(await state(), before)
})

/** An answer that says no, on a page. */
function isRefused(t: Test, answer: Answer, name: string): void {
  t.equal(answer.statusCode, 403, name)
  isPage(t, answer)
  t.match(text(answer.payload), 'This form has expired, or was not sent from these pages.')
}

function isPage(t: Test, { statusCode, payload, headers }: Answer, method = 'GET'): void {
  if (statusCode === 302) return void t.equal(payload, '')
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  t.match(payload, method === 'HEAD' ? /^$/ : /^<!doctype html>.*<\/html>\n$/s)
}

function isHarmless(t: Test, { headers }: Answer, name: string, secure = false): void {
  const expected = {
    'content-security-policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin'
  }
  t.strictSame({ ...expected, ...only(headers, Object.keys(expected)) }, expected, name)
  const [, seconds = 0] = /^max-age=(\d+)/.exec(String(headers['strict-transport-security'] ?? '')) ?? []
  t.equal(Number(seconds) >= 31_536_000, secure, `${name}: only over https a browser is told to stay there`)
}

function only(headers: Answer['headers'], names: string[]) {
  return Object.fromEntries(names.map((name) => [name, headers[name]]))
}

/** What the forms could change, but for the time of the last click. */
async function state(): Promise<unknown[]> {
  return await Promise.all([
    db.select().from(user).orderBy(user.id),
    db.select().from(role).orderBy(role.id),
    db.select().from(user_role).orderBy(user_role.user_id, user_role.role_id),
    db.select().from(refresh_token).orderBy(refresh_token.jti),
    db.select({ id: session.id, data: session.data, expiry: session.expiry }).from(session).orderBy(session.id)
  ])
}

/** A new account that is an administrator. */
async function administrator() {
  const username = `anna-${randomBytes(6).toString('hex')}`
  const [row] = await db.insert(user).values({ username, password_hash, created_at: fromNow() }).returning()
  const id = row?.id ?? 0
  await setRoles(db, id, ['admin', 'user'])
  return { id, username, password: PASSWORD }
}

/** One with a token and two sessions, and a role that nobody has; `url` puts them into the path of a route. */
async function inUse() {
  const account = await administrator()
  await Promise.all([signedIn(account), signedIn(account)])
  await signInAs(app, account)
  const [token] = await db.select().from(refresh_token).where(eq(refresh_token.user_id, account.id))
  const [open] = await db.select().from(session).where(eq(session.user_id, account.id))
  const spare = `spare-${randomBytes(4).toString('hex')}`
  const [added] = await db.insert(role).values({ name: spare }).returning()
  const jti = token?.jti ?? ''
  const url = (path: string) =>
    path
      .replace('/roles/:id', `/roles/${added?.id}`)
      .replace(':id', String(account.id))
      .replace(':jti', jti)
      .replace(':key', open?.id ?? '')
  return { ...account, jti, spare, url }
}

async function signedIn(account: { username: string; password: string }): Promise<Visitor> {
  const browser = visitor(app, BROWSER)
  await browser.signIn(account)
  return browser
}

function cookieOf(browser: Visitor): string {
  return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
