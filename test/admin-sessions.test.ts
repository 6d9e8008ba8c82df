// Signing in to the pages and out: what the cookies are like, how long a session lives, and that what ends it ends it at
// every instance.

import { randomBytes } from 'node:crypto'
import cookies from '@fastify/cookie'
import { type Algorithm, hash } from '@node-rs/argon2'
import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { setPassword, setRoles } from '../src/accounts.ts'
import { fromNow } from '../src/instants.ts'
import { createPasswords } from '../src/passwords.ts'
import { session, user } from '../src/tables/account.ts'
import { build, buildOn, execute, logRows, signInAs, withToken } from './support/app.ts'
import { text, type Visitor, visitor } from './support/pages.ts'

type Answer = Awaited<ReturnType<Visitor['get']>>

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const PASSWORD = 'a long and quiet evening'
const ARGON2ID = 2 as Algorithm // a const enum that isolated modules cannot import

const { app, db, env, config, log } = await build(t)
const second = await buildOn(t, env)
const behindProxy = await buildOn(t, { ...env, TRUST_PROXY: '127.0.0.1' })
const instances = [app, second.app]
const https = { 'x-forwarded-proto': 'https' }

// Signing in costs as much as the hash asks for; the price of the server's own is shown elsewhere.
const password_hash = await hash(PASSWORD, { algorithm: ARGON2ID, memoryCost: 8, timeCost: 1, parallelism: 1 })
// One who stays: the last administrator could not be taken the role.
const boss = await administrator()

t.test('F1: signing in gives a new session id, and the one held before is worthless', async (t) => {
  const [account, other] = [await administrator(), await administrator()]
  const ended = await signedIn(account)
  const past = sessionOf(ended)
  await ended.submit('/', '/logout')
  const held = {
    'of their own making': 'x'.repeat(32),
    'well signed, of no session': cookies.sign(randomBytes(24).toString('base64url'), config.secretKey),
    'of a session that has ended': past,
    'of an open session of somebody else': sessionOf(await signedIn(other)),
    'of an open session of their own': sessionOf(await signedIn(account))
  }
  const ids: string[] = []
  for (const [name, before] of Object.entries(held)) {
    const browser = visitor(app)
    const form = await browser.form('/login', '/login')
    browser.cookies.set('session', before)
    await browser.send('POST', '/login', { ...form.fields, username: account.username, password: PASSWORD })
    const after = sessionOf(browser)
    t.not(after, before, `a visitor with an id ${name} gets another`)
    t.match(text((await browser.get('/')).payload), `Signed in as ${account.username}`)
    await ends(t, before, `the id ${name}`)
    ids.push(String(cookies.unsign(after, config.secretKey).value))
  }
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids) t.ok(Buffer.from(id, 'base64url').length >= 16, 'F4: an id has at least 128 bits')
  const stored = JSON.stringify(await db.select().from(session))
  for (const id of ids) t.notMatch(stored, id, 'whoever reads the table has no cookie from it')
})

t.test('F2, T5: once signed out a session stays dead, whatever of it was under way', async (t) => {
  const account = await administrator()
  const block = `/users/${account.id}/tokens/block`
  for (let round = 0; round < 50; round++) {
    const browser = await signedIn(account)
    const held = sessionOf(browser)
    const { fields } = await browser.form('/', '/logout')
    // Leaves a notice, so that the next page has something to take out of the session.
    await browser.send('POST', block, fields)
    const windows = [
      copy(browser).get(`/users/${account.id}`),
      copy(browser, second.app).get('/account'),
      copy(browser).send('POST', block, fields),
      copy(browser, second.app).send('POST', block, fields)
    ]
    for (let turn = 0; turn < round % 8; turn++) await new Promise(setImmediate)
    const out = await copy(browser).send('POST', '/logout', fields)
    t.match(out, { statusCode: 302, headers: { location: '/login' } }, `round ${round}`)
    await ends(t, held, 'the session right after')
    for (const answer of await Promise.all(windows)) {
      t.match(answer, { statusCode: /^(200|302)$/ }, 'what was under way is answered')
    }
    await ends(t, held, 'the session after all of it')
  }

  for (const instance of instances) {
    const browser = await signedIn(account)
    const held = sessionOf(browser)
    const { fields } = await browser.form('/', '/logout')
    // Making a password takes so long that the session ends in the middle; then it is written to.
    const writing = copy(browser).send('POST', '/', { ...fields, username: unique('new'), password: '' })
    await db
      .update(session)
      .set({ last_used: fromNow(-MINUTE) })
      .where(eq(session.user_id, account.id))
    await copy(browser, instance).send('POST', '/logout', fields)
    t.equal((await writing).statusCode, 302)
    await ends(t, held, 'the session that a request wrote to after its end')
  }
  t.equal(await db.$count(session, eq(session.user_id, account.id)), 0, 'no row has come back')
})

t.test('F3, F4: over http the cookies are for us alone, and signing out takes them back', async (t) => {
  const browser = visitor(app, https) // which nobody may claim who is no trusted proxy
  const page = await browser.get('/login')
  t.strictSame(attributesOf(page), { form: ['HttpOnly', 'Path=/', 'SameSite=Lax'] })
  t.equal(page.headers['cache-control'], 'no-store')
  const { id: _, ...credentials } = await administrator()
  const answer = await browser.submit('/login', '/login', credentials)
  t.strictSame(
    attributesOf(answer),
    { session: ['HttpOnly', 'Path=/', 'SameSite=Lax'] },
    'and the browser keeps no date'
  )
  const held = sessionOf(browser)
  const prefixed = await app.inject({ url: '/', headers: { cookie: `__Host-session=${held}` } })
  t.match(prefixed, { statusCode: 302 }, 'another name does not do')

  t.equal((await browser.get('/')).headers['cache-control'], 'no-store')
  const out = await browser.submit('/', '/logout')
  t.match(out, { statusCode: 302, headers: { location: '/login', 'clear-site-data': '"cache", "storage"' } })
  t.equal(out.headers['cache-control'], 'no-store')
  t.match(attributesOf(out), { session: expired, form: expired })
  t.equal(browser.cookies.size, 0, 'the browser holds nothing any more')
  t.match(await browser.get('/'), { statusCode: 302, headers: { location: '/login' } })
})

t.test('F3, F4: over https the cookies are bound to this host, and others are not taken', async (t) => {
  const browser = visitor(behindProxy.app, https)
  const { id: _, ...credentials } = await administrator()
  const bound = ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']
  t.strictSame(attributesOf(await browser.get('/login')), { '__Host-form': bound })
  t.strictSame(attributesOf(await browser.submit('/login', '/login', credentials)), { '__Host-session': bound })
  t.match(text((await browser.get('/')).payload), `Signed in as ${credentials.username}`)

  const value = browser.cookies.get('__Host-session')
  const thief = sessionOf(await signedIn(boss))
  const click = (cookie: string, headers = https) =>
    behindProxy.app.inject({ url: '/', headers: { cookie, ...headers } })
  for (const name of ['session', '__host-session', '__Secure-session', '__Host-__Host-session', ' session']) {
    t.match(await click(`${name}=${value}`), { statusCode: 302, headers: { location: '/login' } }, name)
  }
  for (const pair of [`session=${thief}; __Host-session=${value}`, `__Host-session=${value}; session=${thief}`]) {
    t.match(
      text((await click(pair)).payload),
      `Signed in as ${credentials.username}`,
      'a planted cookie is not looked at'
    )
  }
  const form = await browser.form('/roles', '/roles')
  const planted = behindProxy.app.inject({
    method: 'POST',
    url: '/roles',
    headers: {
      ...https,
      'content-type': 'application/x-www-form-urlencoded',
      cookie: `__Host-session=${value}; form=${browser.cookies.get('__Host-form')}`
    },
    payload: new URLSearchParams({ ...form.fields, name: 'planted' } as Record<string, string>).toString()
  })
  t.equal((await planted).statusCode, 403, 'nor is the secret of a form')

  const out = await browser.submit('/', '/logout')
  t.match(attributesOf(out), { '__Host-session': [...expired, 'Secure'], '__Host-form': [...expired, 'Secure'] })
  t.equal(browser.cookies.size, 0)
  t.equal((await click(`__Host-session=${value}`)).statusCode, 302)
})

t.test('F5: whoever does not sign in leaves no session, whatever cookies they bring', async (t) => {
  const account = await administrator()
  const member = await administrator(['user'])
  const before = await db.$count(session)
  const signed = cookies.sign('a'.repeat(32), config.secretKey)
  const brought = [
    '',
    'session=',
    'session=garbage',
    `session=${signed}`,
    `session=${signed.slice(0, -1)}`,
    `session=${'a'.repeat(32)}.`,
    `session=.${signed}`,
    `session=${cookies.sign('', config.secretKey)}`,
    `session=${cookies.sign("' or 1=1--", config.secretKey)}`,
    `session=${cookies.sign('a'.repeat(6000), config.secretKey)}`,
    'session=%zz; form=%zz',
    'session=%00; form=%00',
    'session=a; session=b; form=c; form=d',
    'session; =; __proto__=x; constructor=y',
    `form=${'f'.repeat(6000)}`
  ]
  for (const cookie of brought) {
    for (const method of ['GET', 'HEAD'] as const) {
      for (const [url, status] of [
        ['/login', 200],
        ['/', 302],
        ['/nowhere', 404],
        ['/users/1', 302],
        ['/static/style.css', 200]
      ] as const) {
        const answer = await app.inject({ method, url, headers: { cookie } })
        t.equal(answer.statusCode, status, `${method} ${url} with ${cookie.slice(0, 60)}`)
        t.notOk(
          (answer.cookies as { name: string; value: string }[]).some((one) => one.name === 'session' && one.value)
        )
      }
    }
  }
  for (const [username, password, status] of [
    [account.username, 'not the password', 401],
    ['nobody of this name', PASSWORD, 401],
    [member.username, PASSWORD, 403]
  ] as const) {
    const browser = visitor(app)
    const refused = await browser.submit('/login', '/login', { username, password })
    t.equal(refused.statusCode, status)
    t.strictSame([...browser.cookies.keys()], ['form'])
    const { fields } = await browser.form('/login', '/login')
    t.equal((await browser.send('POST', '/logout', fields)).statusCode, 302)
  }
  t.equal(await db.$count(session), before)
})

t.test(
  'F10: a session ends when nobody clicks, and at its end whoever clicks, by the clock of the server',
  async (t) => {
    const short = await buildOn(t, { ...env, SESSION_IDLE_EXPIRES: '5', SESSION_EXPIRES: '1' })
    const account = await administrator()
    const browser = await signedIn(account)
    const { fields } = await browser.form('/roles', '/roles')
    const held = sessionOf(browser)
    const [opened] = await rows()
    t.equal(hoursOf(opened), 8, 'the most is eight hours')

    await set({ last_used: fromNow(-14 * MINUTE) })
    t.equal((await click(second.app, held)).statusCode, 200, 'after 14 minutes it is open')
    const [clicked] = await rows()
    t.ok(clicked && clicked.last_used > fromNow(-MINUTE), 'a click puts off the end')
    t.equal(clicked?.expiry, opened?.expiry, 'but not the last one')

    const late = fromNow(-6 * MINUTE)
    await set({ last_used: late })
    t.equal((await click(short.app, held)).statusCode, 302, 'a server of 5 minutes does not take it after 6')
    t.equal((await rows())[0]?.last_used, late, 'nor does the try put anything off')
    t.equal((await click(app, held)).statusCode, 200)
    t.equal((await click(short.app, held)).statusCode, 200)

    await set({ last_used: fromNow(-15 * MINUTE - 1000) })
    const roles = await names()
    const posted = await copy(browser).send('POST', '/roles', { ...fields, name: 'too-late' })
    t.match(posted, { statusCode: 302, headers: { location: '/login' } })
    t.strictSame(await names(), roles, 'a form comes too late as well')
    await ends(t, held, 'a session that was idle')
    await ends(t, held, 'and its next click')

    const again = visitor(short.app)
    await again.signIn(account)
    const other = sessionOf(again)
    const [, limited] = await rows()
    t.equal(hoursOf(limited), 1, 'the most is configured')
    await set({ created: fromNow(-HOUR), last_used: fromNow(), expiry: fromNow(1000 * 60) })
    t.equal((await click(app, other)).statusCode, 200, 'up to the last minute')
    await set({ created: fromNow(-HOUR), last_used: fromNow(), expiry: fromNow(-1) })
    await ends(t, other, 'a session at its end, however busy')

    type Row = typeof session.$inferSelect
    async function rows(): Promise<Row[]> {
      return await db.select().from(session).where(eq(session.user_id, account.id)).orderBy(session.created)
    }
    async function set(values: Partial<Row>): Promise<void> {
      await db.update(session).set(values).where(eq(session.user_id, account.id))
    }
    async function names() {
      return (await db.query.role.findMany()).map(({ name }) => name).sort()
    }
    function hoursOf(row: Row | undefined): number {
      return Math.round((Date.parse(row?.expiry ?? '') - Date.parse(row?.created ?? '')) / HOUR)
    }
  }
)

t.test('F11, C9: what takes away access ends every session and token at the next click, for good', async (t) => {
  const bossBrowser = await signedIn(boss)
  const passwords = createPasswords(config)
  const asBoss = async (page: string, action: string, fields = {}) => {
    const answer = await bossBrowser.submit(page, action, fields)
    t.equal(answer.statusCode, 302, `${action} is done`)
  }
  const changed = 'another long and quiet evening'
  type Victim = Awaited<ReturnType<typeof administrator>>
  type Change = (victim: Victim, path: string, browser: Visitor) => Promise<unknown>
  const dead = [401, 401]
  const ways: [name: string, take: Change, tokens: number[], giveBack?: Change][] = [
    [
      'the roles are taken away',
      (_, path) => asBoss(path, `${path}/roles`, { roles: [] }),
      [403, 200], // an API token is asked for its roles at each request
      (_, path) => asBoss(path, `${path}/roles`, { roles: ['admin', 'user'] })
    ],
    [
      'the role admin is taken away',
      ({ id }) => setRoles(second.db, id, ['user']),
      [200, 200],
      ({ id }) => setRoles(second.db, id, ['admin', 'user'])
    ],
    ['an administrator resets the password', (_, path) => asBoss(path, `${path}/password`, { password: '' }), dead],
    ['the command line resets the password', ({ id }) => setPassword(db, passwords, id, changed), dead],
    [
      'they change their password on the pages',
      (_victim, _path, browser) =>
        browser.submit('/account', '/account/password', { old_password: PASSWORD, new_password: changed }),
      dead
    ],
    ['they change their password over the API', (victim) => changeOverApi(victim), dead],
    [
      'the account is disabled',
      (_, path) => asBoss(path, `${path}/disable`),
      dead,
      (_, path) => asBoss(path, `${path}/enable`)
    ],
    ['the account turns out to be one of the demo', ({ id }) => setDemo(id, true), dead],
    ['the account is deleted', (_, path) => asBoss(`${path}/delete`, `${path}/delete`), dead]
  ]
  for (const [name, take, tokens, giveBack] of ways) {
    const victim = await administrator()
    const path = `/users/${victim.id}`
    const [browser, window] = [await signedIn(victim), await signedIn(victim)]
    const held = [sessionOf(browser), sessionOf(window)]
    const caller = await signInAs(app, victim)
    const calls = async (instance: FastifyInstance) => [
      (await withToken(instance, 'GET', '/api/sample/', caller.access_token)).statusCode,
      (await withToken(instance, 'GET', '/api/auth/', caller.refresh_token)).statusCode
    ]
    for (const instance of instances) {
      for (const one of held) t.equal((await click(instance, one)).statusCode, 200)
      t.strictSame(await calls(instance), [200, 200])
    }
    await take(victim, path, browser)
    for (const one of held) await ends(t, one, `when ${name}, a session`)
    for (const instance of instances) t.strictSame(await calls(instance), tokens, `when ${name}, the tokens`)
    if (!giveBack) continue
    await giveBack(victim, path, browser)
    for (const one of held) await ends(t, one, 'given back, it does not bring back what was open, so a session')
    if (tokens === dead) for (const instance of instances) t.strictSame(await calls(instance), dead)
    t.match(await (await signedIn(victim)).get('/'), { statusCode: 200 }, 'but who signs in anew is in')
  }

  const self = await administrator()
  const browser = await signedIn(self)
  const fields = { old_password: PASSWORD, new_password: changed }
  const before = sessionOf(browser)
  await browser.submit('/account', '/account/password', fields)
  t.not(sessionOf(browser), before, 'F1: who changes their own password goes on under a new id')
  t.match(text((await browser.get('/account')).payload), 'Your password was changed.')
  await setRoles(db, self.id, ['admin'])
  t.equal((await browser.get('/')).statusCode, 200, 'and losing another role than admin ends nothing')

  async function changeOverApi(victim: Victim): Promise<void> {
    const caller = await signInAs(second.app, victim)
    const payload = { old_password: PASSWORD, new_password: changed }
    t.equal((await caller.put('/api/auth/password', payload)).statusCode, 200)
  }
  async function setDemo(id: number, demo: boolean): Promise<void> {
    await db.update(user).set({ demo }).where(eq(user.id, id))
  }
})

t.test('B12: tokens open no page, sessions open no API, and the API sets no cookie', async (t) => {
  const account = await administrator()
  const browser = await signedIn(account)
  const held = sessionOf(browser)
  const { access_token, refresh_token } = await signInAs(app, account)
  for (const token of [access_token, refresh_token]) {
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { cookie: `session=${token}` },
      { cookie: `session=${cookies.sign(token, config.secretKey)}` },
      { cookie: `access_token=${token}; access_token_cookie=${token}; token=${token}` }
    ]) {
      const answer = await app.inject({ url: '/', headers })
      t.match(answer, { statusCode: 302, headers: { location: '/login' } }, Object.keys(headers).join())
    }
  }
  const id = cookies.unsign(held, config.secretKey).value
  const bearers = [undefined, held, id, `session=${held}`]
  const routes = app.routePolicies().filter(({ path }) => /^\/(api|health)/.test(path))
  t.ok(routes.length > 20)
  const unrouted = [{ method: 'GET', path: '/api/nothing', policy: 'public' as const }]
  for (const { method, path, policy } of [...routes, ...unrouted]) {
    for (const bearer of bearers) {
      const answer = await app.inject({
        method: method as 'GET',
        url: path.replace(':id', '1'),
        headers: { cookie: `session=${held}`, ...(bearer && { authorization: `Bearer ${bearer}` }) }
      })
      if (policy !== 'public') t.equal(answer.statusCode, 401, `${method} ${path} by session`)
      t.equal(answer.headers['set-cookie'], undefined, `${method} ${path} sets no cookie`)
    }
  }
  const login = await app.inject({
    method: 'POST',
    url: '/api/auth/',
    payload: { username: account.username, password: PASSWORD }
  })
  t.equal(login.statusCode, 200)
  t.equal(login.headers['set-cookie'], undefined)
  t.equal((await click(app, held)).statusCode, 200, 'the session itself is well')
})

t.test('sessions outlive a restart, and end with the key that signed them', async (t) => {
  const first = await build(t)
  const account = await administrator(['admin'], first.db)
  const browser = visitor(first.app)
  await browser.signIn(account)
  const { fields } = await browser.form('/', '/logout')
  await browser.send('POST', `/users/${account.id}/tokens/block`, fields) // leaves a notice
  const held = sessionOf(browser)
  await first.app.close()

  const SECRET_KEY = randomBytes(32).toString('hex')
  const rekeyed = await buildOn(t, { ...first.env, SECRET_KEY })
  t.match(await click(rekeyed.app, held), { statusCode: 302, headers: { location: '/login' } })
  const id = String(cookies.unsign(held, first.config.secretKey).value)
  const resigned = await click(rekeyed.app, cookies.sign(id, SECRET_KEY))
  t.equal(resigned.statusCode, 200)
  t.notMatch(resigned.payload, 'role="status"', 'without the key nobody reads what a session keeps')

  const restarted = await buildOn(t, first.env)
  t.equal((await click(restarted.app, cookies.sign(id, SECRET_KEY))).statusCode, 302, 'nor opens it')
  const page = await copy(browser, restarted.app).get('/')
  t.match(text(page.payload), `Signed in as ${account.username}`)
  t.match(text(page.payload), 'All tokens were blocked.', 'with the key it goes on where it was')
})

t.test('E1, E12: the rows of the pages name who was signed in, and no log holds what was typed', async (t) => {
  const { id: first } = (await logRows(db)).at(-1) ?? { id: 0 }
  const account = await administrator()
  const typed = Array.from({ length: 6 }, (_, index) => `Geheim-${index}-${randomBytes(8).toString('hex')}`)
  const browser = visitor(app)
  const login = await browser.form('/login?next=/users/1?secret=Geheim', '/login')
  await browser.send('POST', '/login', { ...login.fields, username: account.username, password: typed[0] ?? '' })
  await browser.send('POST', '/login', { ...login.fields, username: typed[1] ?? '', password: typed[2] ?? '' })
  await browser.send('POST', '/login', { ...login.fields, username: account.username, password: PASSWORD })
  const { fields } = await browser.form('/', '/logout')
  const username = unique('new')
  const added = await browser.send('POST', '/', { ...fields, username, password: typed[3] ?? '' })
  const path = String(added.headers.location)
  await browser.send('POST', `${path}/password`, { ...fields, password: '' })
  const made = /class="secret">([^<]+)</.exec((await browser.get(path)).payload)?.[1] ?? ''
  t.match(made, /^\w{20}$/)
  await browser.send('POST', `${path}/password`, { ...fields, password: `${typed[4]}\0` })
  await browser.send('POST', '/account/password', { ...fields, old_password: PASSWORD, new_password: typed[5] ?? '' })
  const changed = sessionOf(browser)
  await browser.send('POST', '/roles', { name: 'x' })
  await browser.get('/nowhere')
  await browser.submit('/', '/logout')
  await browser.get('/users/1')

  const rows = (await logRows(db)).filter(({ id }) => id > first)
  const name = account.username
  t.strictSame(
    rows.map((row) => [row.username, row.method, row.path, row.status]),
    [
      ['Anonymous', 'GET', '/login', 200],
      ['Anonymous', 'POST', '/login', 401],
      ['Anonymous', 'POST', '/login', 401],
      [name, 'POST', '/login', 302],
      [name, 'GET', '/', 200],
      [name, 'POST', '/', 302],
      [name, 'POST', `${path}/password`, 302],
      [name, 'GET', path, 200],
      [name, 'POST', `${path}/password`, 400],
      [name, 'POST', '/account/password', 302],
      [name, 'POST', '/roles', 403],
      ['Anonymous', 'GET', '/nowhere', 404],
      [name, 'GET', '/', 200],
      [name, 'POST', '/logout', 302],
      ['Anonymous', 'GET', '/users/1', 302]
    ]
  )
  t.match(log(), '"event":"login failed"')
  const written = JSON.stringify(rows) + log()
  const tokens = [login.fields._csrf, fields._csrf, changed, changed.split('.')[0]].map(String)
  for (const secret of [...typed, 'Geheim', PASSWORD, made, ...tokens]) {
    t.notOk(written.toLowerCase().includes(secret.toLowerCase()), `${secret.slice(0, 8)}… is in no log`)
  }
})

t.test('what a page is to tell waits encrypted, is told once, to its own session', async (t) => {
  const [account, other] = [await administrator(), await administrator()]
  const [browser, stranger] = [await signedIn(account), await signedIn(other)]
  const username = unique('new')
  const { fields } = await browser.form('/', '/logout')
  const added = await browser.send('POST', '/', { ...fields, username, password: '' })
  t.equal(added.statusCode, 302)
  const { data: sealed } = await waiting(account.id)
  const stored = JSON.stringify(await db.select().from(session))

  await db.update(session).set({ data: sealed }).where(eq(session.user_id, other.id))
  const elsewhere = await stranger.get('/')
  t.equal(elsewhere.statusCode, 200)
  t.notMatch(elsewhere.payload, 'role="status"', 'put into another session it says nothing')
  await db.update(session).set({ data: 'garbage' }).where(eq(session.user_id, other.id))
  t.equal((await stranger.get('/')).statusCode, 200, 'nor does garbage do harm')

  const page = String(added.headers.location)
  await browser.send('HEAD', page) // tells nobody anything
  const shown = await copy(browser, second.app).get(page)
  const made = /class="secret">([^<]+)</.exec(shown.payload)?.[1] ?? ''
  t.match(made, /^\w{20}$/, 'another instance shows the password')
  t.match(text(shown.payload), `${username} was added`)
  for (const plain of [made, username, 'was added', 'notice']) {
    for (const spelling of [plain, Buffer.from(plain).toString('base64url').slice(0, -2)]) {
      t.notOk(stored.includes(spelling), 'before that it could not be read in the table')
    }
  }
  t.not((await waiting(account.id)).data, sealed)
  for (const instance of instances) {
    const again = await copy(browser, instance).get(page)
    t.notMatch(again.payload, /class="secret"|role="status"/, 'and nobody is shown it again')
    t.notMatch(again.payload, made)
  }
  t.match(await signInAs(app, { id: 0, username, password: made }), { username }, 'it is the right one')

  async function waiting(user_id: number) {
    const [row] = await db.select().from(session).where(eq(session.user_id, user_id))
    return { data: row?.data ?? null }
  }
})

t.test('E5: a sign-in that cannot be logged answers 503 with a page, and hands out no session', async (t) => {
  const account = await administrator()
  const [browser, inside] = [visitor(app), await signedIn(account)]
  const { fields } = await browser.form('/login', '/login')
  await execute(db, 'alter table access_log rename to access_log_away')
  const refused = await browser.send('POST', '/login', { ...fields, username: account.username, password: PASSWORD })
  const page = await inside.get('/')
  await execute(db, 'alter table access_log_away rename to access_log')
  for (const answer of [refused, page]) {
    t.match(answer, { statusCode: 503, headers: { 'retry-after': '1', 'content-type': 'text/html; charset=utf-8' } })
    t.match(answer.payload, /^<!doctype html>.*Service Unavailable/s)
    t.notMatch(answer.headers['set-cookie'] ?? '', /session/)
    t.equal(answer.headers.location, undefined)
  }
  t.notMatch(page.payload, 'Live tokens', 'a page shows none of its data')
  t.notOk(browser.cookies.has('session'))
  t.match(await browser.get('/'), { statusCode: 302, headers: { location: '/login' } })
  t.equal((await inside.get('/')).statusCode, 200, 'once it can be logged again, all is well')
})

const expired = ['Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax']

/** A new account with these roles. */
async function administrator(roles = ['admin', 'user'], database = db) {
  const username = unique('anna')
  const [row] = await database.insert(user).values({ username, password_hash, created_at: fromNow() }).returning()
  const id = row?.id ?? 0
  await setRoles(database, id, roles)
  return { id, username, password: PASSWORD }
}

function unique(name: string): string {
  return `${name}-${randomBytes(6).toString('hex')}`
}

async function signedIn(account: { username: string; password: string }): Promise<Visitor> {
  const browser = visitor(app)
  await browser.signIn(account)
  return browser
}

/** Another window of the same browser, at this instance. */
function copy(browser: Visitor, instance = app): Visitor {
  const window = visitor(instance)
  for (const [name, value] of browser.cookies) window.cookies.set(name, value)
  return window
}

function sessionOf(browser: Visitor): string {
  return browser.cookies.get('session') ?? ''
}

async function click(instance: FastifyInstance, held: string): Promise<Answer> {
  return await instance.inject({ url: '/', headers: { cookie: `session=${held}` } })
}

/** Shows that a session is dead at every instance. */
async function ends(t: Test, held: string, name: string): Promise<void> {
  for (const instance of instances) {
    t.match(await click(instance, held), { statusCode: 302, headers: { location: '/login' } }, `${name} is dead`)
  }
}

/** The attributes of each cookie that an answer sets, sorted. */
function attributesOf(answer: Answer): Record<string, string[]> {
  const set = [answer.headers['set-cookie'] ?? []].flat()
  return Object.fromEntries(
    set.map((line) => {
      const [pair = '', ...attributes] = line.split('; ')
      return [pair.split('=')[0], attributes.sort()]
    })
  )
}
