// What the pages for administrators do: users, roles, tokens, sessions and one's own account, as one sees them in a browser.

import { randomBytes, randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import { eq, inArray } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import adminUi from '../plugins/admin-ui.ts'
import adminPages from '../routes/admin/index.ts'
import { type Account, listAccounts, setDisabled } from '../src/accounts.ts'
import { loadConfig } from '../src/config.ts'
import type { Database } from '../src/db.ts'
import { fillDemo } from '../src/demo.ts'
import { formatInstant, fromNow } from '../src/instants.ts'
import { createPasswords } from '../src/passwords.ts'
import { addRole } from '../src/roles.ts'
import { createSessions } from '../src/sessions.ts'
import { access_log } from '../src/tables/access-log.ts'
import { refresh_token, role, session, user, user_role } from '../src/tables/account.ts'
import { build, buildAround, buildOn, environment, signInAs, type TestApp, withToken } from './support/app.ts'
import { forms, text, type Visitor, visitor } from './support/pages.ts'

// One hash for all accounts that are inserted: each takes the time of ten requests.
const PASSWORD = 'eleven purple wagons'
const HASH = await createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 15 }).hash(PASSWORD)
const MINUTE = 60_000

t.test('a user is added, changed, disabled and deleted through the forms', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const admin = visitor(app)
  await admin.signIn(await account(server, 'grace', 'admin'))

  const added = await addUser(admin, { username: ' Anna ', roles: ['user'] })
  t.equal(added.statusCode, 302)
  const page = String(added.headers.location)
  const [anna] = await db.select().from(user).where(eq(user.username, 'anna'))
  t.equal(page, `/users/${anna?.id}`)
  const shown = (await admin.get(page)).payload
  t.match(text(shown), 'anna was added, with this password:')
  const generated = secret(shown) ?? ''
  t.match(generated, /^[a-zA-Z2-9]{20}$/)
  const again = (await admin.get(page)).payload
  t.notMatch(again, generated, 'the password is shown once')
  t.notMatch(text(again), 'was added')
  const caller = await signInAs(app, { id: anna?.id ?? 0, username: 'anna', password: generated })
  t.equal((await caller.get('/api/sample/')).statusCode, 200, 'and signs in to the API, with the role')

  const typed = 'seven  quiet lakes '
  const second = await addUser(admin, { username: 'Berta', password: typed })
  t.equal(second.statusCode, 302)
  const berta = (await admin.get(String(second.headers.location))).payload
  t.match(text(berta), 'berta was added.')
  t.equal(secret(berta), undefined, 'a password that was typed is not shown')
  t.notMatch(berta, typed)
  const other = await signInAs(app, { id: 0, username: 'berta', password: typed })
  t.equal((await other.get('/api/sample/')).statusCode, 403, 'without a role it may call nothing')

  const reset = 'nine distant bells'
  t.equal(whereTo(await admin.submit(page, `${page}/password`, { password: reset })), page)
  const told = (await admin.get(page)).payload
  t.match(text(told), 'anna has a new password. All tokens and sessions have ended.')
  t.notMatch(told, reset)
  t.equal((await caller.get('/api/sample/')).statusCode, 401, 'a new password ends the tokens')
  t.equal(await login(app, 'anna', generated), 401)
  t.equal(await login(app, 'anna', reset), 200)
  t.equal(whereTo(await admin.submit(page, `${page}/password`)), page)
  const made = secret((await admin.get(page)).payload) ?? ''
  t.match(made, /^[a-zA-Z2-9]{20}$/)
  t.equal(await login(app, 'anna', reset), 401)

  t.equal(whereTo(await admin.submit(page, `${page}/roles`, { roles: ['user', 'admin'] })), page)
  t.same((await admin.form(page, `${page}/roles`)).fields.roles, ['admin', 'user'])
  const colleague = visitor(app)
  await colleague.signIn({ username: 'anna', password: made })
  t.equal((await colleague.get('/')).statusCode, 200, 'as an administrator anna sees the pages')
  t.equal(whereTo(await admin.submit(page, `${page}/roles`, { roles: [] })), page)
  t.equal((await admin.form(page, `${page}/roles`)).fields.roles, undefined)
  t.equal(whereTo(await colleague.get('/')), '/login', 'without the role no more')

  const before = await signInAs(app, { id: 0, username: 'anna', password: made })
  t.match(text((await admin.get(page)).payload), 'State ● enabled')
  const button = await admin.form(page, `${page}/disable`)
  for (const click of ['a click', 'a second click on the same button']) {
    t.equal(whereTo(await admin.send('POST', `${page}/disable`, button.fields)), page, click)
    t.match(text((await admin.get(page)).payload), 'State ○ disabled', click)
  }
  t.equal(await login(app, 'anna', made), 401)
  t.equal((await withToken(app, 'GET', '/api/auth/', before.refresh_token)).statusCode, 401)
  t.equal(whereTo(await admin.submit(page, `${page}/enable`)), page)
  t.match(text((await admin.get(page)).payload), 'State ● enabled')
  t.equal(await login(app, 'anna', made), 200)
  t.equal((await withToken(app, 'GET', '/api/auth/', before.refresh_token)).statusCode, 401, 'what had ended stays so')

  t.match((await admin.get(page)).payload, `href="${page}/delete"`)
  const question = await admin.get(`${page}/delete`)
  t.match(text(question.payload), 'Delete anna?')
  t.match(question.payload, `href="${page}"`, 'with a way back')
  t.equal((await names(db)).length, 3, 'asking deletes nobody')
  t.equal(whereTo(await admin.submit(`${page}/delete`, `${page}/delete`)), '/')
  t.match(text((await admin.get('/')).payload), 'anna was deleted.')
  t.strictSame(await names(db), ['berta', 'grace'])
  t.equal((await admin.get(page)).statusCode, 404)
  t.equal(await login(app, 'anna', made), 401)
  const successor = await addUser(admin, { username: 'anna' })
  t.not(successor.headers.location, page, 'who gets the name gets another id')

  for (const password of [generated, typed, reset, made]) t.notMatch(server.log(), password, 'in no log')
})

t.test('a refused form tells why beside the field, with all that was typed but the password', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const { id } = await account(server, 'grace', 'admin')
  const anna = await account(server, 'änna', 'user')
  const admin = await signedIn(server, id)
  const before = await listAccounts(db)

  const good = 'seven quiet lakes'
  const cases: [username: string, password: string, status: number, field: string, problem: RegExp][] = [
    ['berta', 'short', 400, 'password', /must have at least 15 characters/],
    ['berta', 'passwordpassword', 400, 'password', /is a common password/],
    ['berta', 'x'.repeat(20), 400, 'password', /one repeated character/],
    ['Berta', 'my name is BERTA, hello', 400, 'password', /must not contain the user name/],
    ['berta', 'seven quiet\0lakes', 400, 'password', /NUL/],
    ['berta', 'ab'.repeat(513), 400, 'password', /at most 1024 bytes/],
    ['', good, 400, 'username', /must have 1 to 64 characters/],
    [' ', '', 400, 'username', /must have 1 to 64 characters/],
    ['x'.repeat(65), good, 400, 'username', /must have 1 to 64 characters/],
    ['x'.repeat(1001), good, 400, 'username', /more than 1000 characters/],
    ['ber\u200bta', good, 400, 'username', /none of them invisible/],
    ['ber\0ta', good, 400, 'username', /NUL/],
    ['änna', good, 409, 'username', /User already exists/],
    [' ÄNNA', '', 409, 'username', /User already exists/],
    ['a\u0308ｎＮa', good, 409, 'username', /User already exists/]
  ]
  for (const [username, password, status, field, problem] of cases) {
    const name = `F14, F15: ${JSON.stringify(username).slice(0, 20)} with ${JSON.stringify(password).slice(0, 25)}`
    const refused = await addUser(admin, { username, password, roles: ['user'] })
    t.equal(refused.statusCode, status, name)
    t.match(refused.headers['content-type'], 'text/html; charset=utf-8')
    t.match(problems(refused.payload), { [field]: problem }, name)
    t.match(text(refused.payload), 'Nothing was changed.', name)
    if (password !== '')
      t.notOk(refused.payload.includes(password.replace('\0', '')), `${name}: no password in the page`)
    const again = forms(refused.payload).find(({ action, method }) => action === '/' && method === 'post')
    t.hasStrict(again?.fields, { username, password: '', roles: 'user' }, `${name}: what was typed is there`)
  }

  const token = await formToken(admin)
  for (const [body, told] of [
    [{ username: 'berta', password: '', roles: ['user', 'superuser'] }, /There is no role superuser/],
    [{ password: '' }, /User name (is required|must be)/],
    [{ username: ['berta', 'carla'], password: '' }, /User name (is required|must be)/],
    [{ username: 'berta', password: '', id: '1' }, /id is not a field that can be given here/],
    [{ username: 'berta', password: '', disabled: 'true' }, /disabled is not a field/],
    [{ username: 'berta', password: '', 'roles[]': 'admin' }, /is not a field/]
  ] as const) {
    const refused = await admin.send('POST', '/', { ...(body as object), _csrf: token })
    t.equal(refused.statusCode, 400, JSON.stringify(body))
    t.match(text(refused.payload), told)
  }

  const caller = await signInAs(app, anna)
  const page = `/users/${anna.id}`
  for (const [password, problem] of [
    ['short', /must have at least 15 characters/],
    ['passwordpassword', /is a common password/],
    ['hello Änna, how are you', /must not contain the user name/]
  ] as const) {
    const refused = await admin.submit(page, `${page}/password`, { password })
    t.equal(refused.statusCode, 400, password)
    t.match(problems(refused.payload), { password: problem })
    t.notOk(refused.payload.includes(password))
  }
  t.equal((await caller.get('/api/sample/')).statusCode, 200, 'a refused password ends nothing')
  const strip = (accounts: Account[]) => accounts.map((one) => ({ ...one, last_login: null }))
  t.strictSame(strip(await listAccounts(db)), strip(before), 'and nothing of it is stored')
})

t.test('a refused form has exactly the boxes checked that were, and takes nothing from the query', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const { id } = await account(server, 'grace', 'admin')
  const anna = await account(server, 'anna', 'user')
  const admin = await signedIn(server, id)
  await addRole(db, 'admin-assistant')
  const boxes = (html: string, action: string) =>
    forms(html).find((form) => form.action === action && form.method === 'post')?.fields.roles

  for (const roles of [[], ['admin-assistant'], ['admin-assistant', 'user']]) {
    const refused = await addUser(admin, { username: 'berta', password: 'short', roles })
    t.equal(refused.statusCode, 400)
    t.strictSame([boxes(refused.payload, '/') ?? []].flat(), roles, `adding with ${roles}`)
  }
  const page = `/users/${anna.id}`
  for (const roles of [['gone'], ['admin-assistant', 'gone'], 'gone']) {
    const refused = await admin.submit(page, `${page}/roles`, { roles })
    t.equal(refused.statusCode, 400)
    t.strictSame(
      boxes(refused.payload, `${page}/roles`) ?? [],
      roles[0] === 'gone' || roles === 'gone' ? [] : 'admin-assistant'
    )
  }
  const refused = await admin.submit(page, `${page}/password`, { password: 'short' })
  t.strictSame(boxes(refused.payload, `${page}/roles`), 'user', 'another form leaves them')

  const _csrf = await formToken(admin)
  const before = await listAccounts(db)
  for (const query of [
    '?q=a',
    '?q=a&q=b',
    '?after=a&after=b',
    '?before=a&before=b',
    '?__proto__[x]=1',
    `?_csrf=${_csrf}`
  ]) {
    for (const [path, fields] of [
      ['/', { username: 'berta', password: 'short' }],
      [`${page}/password`, { password: 'short' }],
      ['/account/password', { old_password: 'x', new_password: 'y' }]
    ] as const) {
      const answer = await admin.send('POST', path + query, { ...fields, _csrf })
      t.equal(answer.statusCode, 400, `POST ${path}${query}`)
      t.match(text(answer.payload), /is not a field that can be given here/)
    }
  }
  t.strictSame(await listAccounts(db), before)
  t.equal((await app.inject({ url: '/health/live' })).statusCode, 200)
})

t.test('F12: the last administrator stays, and the page says so', async (t) => {
  const server = await build(t, { DEMO: 'true' })
  const { app, db, config } = server
  await fillDemo(db, config)
  const [demo] = await db.select().from(user).where(eq(user.username, 'admin'))
  // An administrator whose password everybody knows does not stand for a real one, and so can try to end the last.
  const stranger = await signedIn(server, demo?.id ?? 0)
  const boss = await account(server, 'boss', 'admin', 'user')
  const own = await signedIn(server, boss.id)
  const page = `/users/${boss.id}`
  const before = await listAccounts(db)

  for (const [who, at, action, fields] of [
    [stranger, `${page}/delete`, `${page}/delete`, {}],
    [stranger, page, `${page}/disable`, {}],
    [stranger, page, `${page}/roles`, { roles: ['user'] }],
    [own, page, `${page}/roles`, { roles: [] }],
    [own, page, `${page}/roles`, { roles: ['user'] }]
  ] as const) {
    const refused = await who.submit(at, action, fields as Record<string, string[]>)
    t.equal(refused.statusCode, 409, action)
    t.match(refused.headers['content-type'], 'text/html; charset=utf-8')
    t.match(text(refused.payload), 'Nothing was changed. The last enabled administrator must stay', action)
    t.ok(
      forms(refused.payload).some((form) => form.action === action),
      'on the page of the form'
    )
  }
  t.strictSame(await listAccounts(db), before)
  t.equal((await own.get('/')).statusCode, 200)

  const second = await account(server, 'second', 'admin')
  await setDisabled(db, second.id, true)
  t.equal((await own.submit(page, `${page}/roles`, { roles: ['user'] })).statusCode, 409, 'a disabled one is no help')
  await setDisabled(db, second.id, false)
  t.equal(whereTo(await own.submit(page, `${page}/roles`, { roles: ['user'] })), page, 'with a second one it may go')
  t.equal(whereTo(await own.get('/')), '/login', 'and with it the pages')
  t.equal(await login(app, 'boss', PASSWORD), 200)
})

t.test('F12: of two administrators who delete each other at the same moment, one stays', async (t) => {
  const one = await build(t)
  const other = await buildOn(t, one.env)
  for (let round = 0; round < 50; round++) {
    await one.db.delete(user)
    const [anna = 0, berta = 0] = await insertAccounts(one.db, [`anna ${round}`, `berta ${round}`], ['admin'])
    const clicks = await Promise.all(
      [
        { at: one, who: anna, page: `/users/${berta}/delete` },
        { at: other, who: berta, page: `/users/${anna}/delete` }
      ].map(async ({ at, who, page }) => {
        const browser = await signedIn(at, who)
        const { fields } = await browser.form(page, page)
        return () => browser.send('POST', page, fields)
      })
    )
    const answers = await Promise.all(clicks.map((click) => click()))
    const statuses = answers.map(({ statusCode, headers }) =>
      headers.location === '/login?ended' ? 'signed out' : statusCode
    )
    t.match(statuses.sort(), [302, /^(409|signed out)$/], `round ${round}: ${statuses}`)
    t.equal((await listAccounts(one.db)).length, 1, 'one is left')
  }
})

t.test('F13: nobody deletes, disables or resets their own account, by any form', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const own = await account(server, 'grace', 'admin')
  await account(server, 'colleague', 'admin')
  const admin = await signedIn(server, own.id)
  const page = `/users/${own.id}`
  const mine = (await admin.get(page)).payload
  const offered = forms(mine).map(({ action }) => action)
  for (const action of ['delete', 'disable', 'password']) {
    t.notOk(offered.includes(`${page}/${action}`), `${action} is not offered`)
  }
  t.notMatch(mine, `href="${page}/delete"`)

  const token = await formToken(admin)
  const before = await db.select().from(user)
  for (const [action, fields, told] of [
    ['delete', {}, 'You cannot delete your own account'],
    ['disable', {}, 'You cannot disable your own account'],
    ['password', { password: '' }, 'You cannot reset the password of your own account'],
    ['password', { password: 'seven quiet lakes' }, 'You cannot reset the password of your own account']
  ] as const) {
    const refused = await admin.send('POST', `${page}/${action}`, { ...fields, _csrf: token })
    t.equal(refused.statusCode, 409, action)
    t.match(text(refused.payload), `Nothing was changed. ${told}`)
  }
  t.strictSame(await db.select().from(user), before)
  t.equal((await admin.get('/')).statusCode, 200)
  t.equal(await login(app, 'grace', PASSWORD), 200)
})

t.test('F14: of two who add the same user at once, one succeeds and the other is told', async (t) => {
  const one = await build(t)
  const other = await buildOn(t, one.env)
  const { id } = await account(one, 'grace', 'admin')
  const [first, second] = [await signedIn(one, id), await signedIn(other, id)]
  for (const [round, visitors] of [
    [first, first], // a double click
    [first, second],
    [first, second],
    [first, second],
    [second, first]
  ].entries()) {
    const spellings = [`twin ${round}`, `ＴWIN ${round} `]
    const filledIn = []
    for (const [index, browser] of visitors.entries()) {
      const { fields } = await addForm(browser)
      filledIn.push({ browser, fields: { ...fields, username: spellings[index] ?? '', password: 'seven quiet lakes' } })
    }
    const answers = await Promise.all(filledIn.map(({ browser, fields }) => browser.send('POST', '/', fields)))
    t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [302, 409], `round ${round}`)
    const refused = answers.find(({ statusCode }) => statusCode === 409)
    t.match(problems(refused?.payload ?? ''), { username: 'User already exists' })
    const rows = await one.db
      .select()
      .from(user)
      .where(eq(user.username, `twin ${round}`))
    t.equal(rows.length, 1, 'one row')
  }
})

t.test('F16: hostile names are text on every page', async (t) => {
  const server = await build(t)
  const { app, db, config } = server
  const sessions = createSessions(db, config)
  const hostile = [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus="alert(1)',
    'x{{7*7}}x',
    "';x//",
    `x\${7*7}x`,
    'x{% raw %}x{{7*7}}x',
    'x{{ "x" | safe }}{# x #}',
    '</title></textarea><svg/onload=alert(1)>',
    'javascript:alert(1)',
    '&lt;b&gt;&amp;'
  ]
  // As rows that were written by something else: the forms refuse such roles, and keep names in lower case.
  const ids = await insertAccounts(db, hostile)
  const roles = await db
    .insert(role)
    .values(hostile.map((name) => ({ name })))
    .returning()
  const [admins] = await db.select().from(role).where(eq(role.name, 'admin'))
  await db
    .insert(user_role)
    .values(ids.flatMap((user_id) => [admins, ...roles].map((one) => ({ user_id, role_id: one?.id ?? 0 }))))
  const own = ids[0] ?? 0
  for (const client of hostile) {
    await insertTokens(db, own, [{ client, address: client }])
    await sessions.start(
      randomBytes(9).toString('base64url'),
      { id: own, credentials_version: 1 },
      { client, address: client }
    )
  }
  const admin = await signedIn(server, own, { client: hostile[0] ?? '' })

  const pages: [name: string, html: string, shown: string[]][] = []
  const look = async (url: string, shown = hostile) => pages.push([url, (await admin.get(url)).payload, shown])
  await look('/')
  await look('/roles')
  await look('/account')
  await look(`/users/${own}`)
  for (const [index, id] of ids.entries()) {
    const name = [hostile[index] ?? '']
    await look(`/users/${id}`, [...hostile.slice(0, 1), ...name])
    await look(`/users/${id}/delete`, name)
    await look(`/?q=${encodeURIComponent(name[0] ?? '')}`, name)
    await look(`/?after=${encodeURIComponent(name[0] ?? '')}`, [])
    await look(`/nothing/${encodeURIComponent(name[0] ?? '')}`, [])
    await look(`/?${encodeURIComponent(name[0] ?? '')}=1`, [])
    const stranger = await visitor(app).get(`/login?next=${encodeURIComponent(name[0] ?? '')}`)
    pages.push(['sign-in', stranger.payload, []])
    const refused = await addUser(admin, { username: `  ${name[0]}`, password: 'short', [name[0] ?? '']: name })
    pages.push(['typed names', refused.payload, name])
    const refusedRole = await admin.submit('/roles', '/roles', { name })
    pages.push(['typed roles', refusedRole.payload, name])
  }
  for (const [index, id] of ids.entries()) {
    if (id === own) continue
    await admin.submit(`/users/${id}`, `/users/${id}/password`)
    pages.push(['told of a password', (await admin.get('/account')).payload, [hostile[index] ?? '']])
    await admin.submit(`/users/${id}/delete`, `/users/${id}/delete`)
    pages.push(['told of a deletion', (await admin.get('/')).payload, [hostile[index] ?? '']])
  }

  for (const [name, html, shown] of pages) {
    const read = text(html)
    const typed = forms(html).flatMap(({ fields }) => Object.values(fields).flat())
    for (const one of shown) {
      t.ok(read.includes(one.trim()) || typed.some((value) => value.trim() === one), `${name} shows ${one}`)
    }
    t.notMatch(html, /x49x/, `${name} computes nothing`)
    t.strictSame(strangeTags(html), [], `${name} has no markup but its own`)
  }
  t.ok(pages.length > 80)
})

t.test('F20: a user is deleted with tokens and roles; what they did stays in the log under their name', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const admin = await signedIn(server, (await account(server, 'grace', 'admin')).id)
  const anna = await account(server, 'anna', 'user', 'admin')
  const caller = await signInAs(app, anna)
  const rotated = await withToken(app, 'POST', '/api/auth/refresh', caller.refresh_token)
  t.equal(rotated.statusCode, 200)
  t.equal((await caller.get('/api/sample/')).statusCode, 200)
  const browser = await signedIn(server, anna.id)
  t.equal((await browser.get('/')).statusCode, 200)
  const rows = () => db.select().from(access_log).where(eq(access_log.username, 'anna')).orderBy(access_log.id)
  const before = await rows()
  t.ok(before.length >= 4)

  const page = `/users/${anna.id}/delete`
  t.equal(whereTo(await admin.submit(page, page)), '/')
  for (const [name, left] of Object.entries({
    tokens: await db.select().from(refresh_token).where(eq(refresh_token.user_id, anna.id)),
    roles: await db.select().from(user_role).where(eq(user_role.user_id, anna.id)),
    sessions: await db.select().from(session).where(eq(session.user_id, anna.id))
  })) {
    t.strictSame(left, [], name)
  }
  t.strictSame(await rows(), before, 'the log is as it was')
  t.equal((await caller.get('/api/sample/')).statusCode, 401)
  t.equal((await withToken(app, 'GET', '/api/auth/', caller.refresh_token)).statusCode, 401)
  t.equal(whereTo(await browser.get('/')), '/login')
})

t.test(
  'C3, C12, F21: tokens are blocked and unblocked on the page, and that is so at every instance at once',
  async (t) => {
    const one = await build(t)
    const other = await buildOn(t, one.env)
    const { app, db } = one
    const grace = await account(one, 'grace', 'admin')
    const admin = await signedIn(one, grace.id)
    const anna = await account(one, 'anna', 'user')
    const page = `/users/${anna.id}`
    const caller = await signInAs(app, anna)
    const jti = jtiOf(caller.refresh_token)
    const refreshed = (await withToken(app, 'GET', '/api/auth/', caller.refresh_token)).json<{ access_token: string }>()
    const block = `${page}/tokens/${jti}/block`
    const unblock = `${page}/tokens/${jti}/unblock`

    /** What each token is answered at the other instance. */
    const elsewhere = async ({ access_token, refresh_token } = caller, more = [refreshed.access_token]) => {
      const calls = [access_token, ...more].map((token) => withToken(other.app, 'GET', '/api/sample/', token))
      const answers = await Promise.all([...calls, withToken(other.app, 'GET', '/api/auth/', refresh_token)])
      return [...new Set(answers.map(({ statusCode }) => statusCode))]
    }
    t.strictSame(await elsewhere(), [200])

    const { fields } = await admin.form(page, block)
    for (const click of ['a click', 'a second click on the same button']) {
      t.equal(whereTo(await admin.send('POST', block, fields)), `${page}#tokens`, click)
      t.strictSame(await elsewhere(), [401], click)
      t.match(stateOf(await admin.get(page), jti), /blocked .*by an administrator/, click)
    }
    t.equal((await withToken(other.app, 'POST', '/api/auth/refresh', caller.refresh_token)).statusCode, 401)
    for (const click of ['a click', 'a second click on the same button']) {
      t.equal(whereTo(await admin.send('POST', unblock, fields)), `${page}#tokens`, click)
      t.strictSame(await elsewhere(), [200], click)
      t.match(stateOf(await admin.get(page), jti), /live/, click)
    }

    // What its holder, or its reuse, has ended is not brought back, not even by way of a block.
    const left = await signInAs(app, anna)
    t.equal((await withToken(app, 'DELETE', '/api/auth/', left.refresh_token)).statusCode, 200)
    const copied = await signInAs(app, anna)
    const exchange = await withToken(app, 'POST', '/api/auth/refresh', copied.refresh_token)
    const child = exchange.json<{ access_token: string; refresh_token: string }>()
    await db
      .update(refresh_token)
      .set({ rotated: fromNow(-MINUTE) })
      .where(eq(refresh_token.jti, jtiOf(copied.refresh_token)))
    t.equal((await withToken(app, 'POST', '/api/auth/refresh', copied.refresh_token)).statusCode, 401)
    for (const [name, ended, words] of [
      ['logged out', left, /logged out/],
      ['reused', { ...copied, ...child }, /blocked .*(copied|again)/]
    ] as const) {
      const gone = jtiOf(ended.refresh_token)
      t.match(stateOf(await admin.get(page), gone), words, name)
      for (const click of ['at once', 'after a block']) {
        const refused = await admin.send('POST', `${page}/tokens/${gone}/unblock`, fields)
        t.equal(refused.statusCode, 409, `${name}, ${click}`)
        t.match(
          text(refused.payload),
          'Nothing was changed. Only a token that an administrator has blocked can be unblocked'
        )
        t.match(stateOf(refused, gone), words, 'on the page of the token')
        t.strictSame(await elsewhere(ended, []), [401])
        t.equal((await admin.send('POST', `${page}/tokens/${gone}/block`, fields)).statusCode, 302)
      }
      t.match(stateOf(await admin.get(page), gone), words, name)
    }

    const berta = await signInAs(app, await account(one, 'berta', 'user'))
    const hers = jtiOf(berta.refresh_token)
    for (const action of ['block', 'unblock']) {
      const refused = await admin.send('POST', `${page}/tokens/${hers}/${action}`, fields)
      t.equal(refused.statusCode, 404, `${action} by the address of another user`)
      t.match(text(refused.payload), 'Token not found')
      t.strictSame(await elsewhere(berta, []), [200])
    }

    const second = await signInAs(app, anna)
    t.equal(whereTo(await admin.submit(page, `${page}/tokens/block`)), `${page}#tokens`)
    t.strictSame(await elsewhere(), [401], 'all are blocked')
    t.strictSame(await elsewhere(second, []), [401])
    t.strictSame(await elsewhere(berta, []), [200], 'of this user only')
    t.match(stateOf(await admin.get(page), jtiOf(left.refresh_token)), /logged out/, 'and why others had ended is kept')
    t.equal(whereTo(await admin.submit(page, unblock)), `${page}#tokens`)
    t.strictSame(await elsewhere(), [200])
    t.strictSame(await elsewhere(second, []), [401], 'each is unblocked by itself')

    const own = await signInAs(app, grace)
    const ownBlock = `/users/${grace.id}/tokens/${jtiOf(own.refresh_token)}/block`
    t.equal(whereTo(await admin.submit('/account', ownBlock)), '/account#tokens', 'own ones on the own page')
    t.strictSame(await elsewhere(own, []), [401])
  }
)

t.test('the list of tokens tells when, from where and by what program each was issued, and its state', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const admin = await signedIn(server, (await account(server, 'grace', 'admin')).id)
  const anna = await account(server, 'anna', 'user')
  const page = `/users/${anna.id}`
  t.match(text((await admin.get(page)).payload), 'No tokens.')

  async function signIn(program: string, remoteAddress = '192.0.2.7') {
    const { username, password } = anna
    const answer = await app.inject({
      method: 'POST',
      url: '/api/auth/',
      remoteAddress,
      headers: { 'user-agent': program },
      payload: { username, password }
    })
    return answer.json<{ access_token: string; refresh_token: string }>()
  }
  const change = (token: { refresh_token: string }, values: Partial<typeof refresh_token.$inferInsert>) =>
    db
      .update(refresh_token)
      .set(values)
      .where(eq(refresh_token.jti, jtiOf(token.refresh_token)))

  const before = await signIn('old tablet')
  await change(before, { issued: '2020-01-02T03:04:05Z' })
  await admin.submit(page, `${page}/disable`)
  await admin.submit(page, `${page}/enable`)
  const plain = await signIn('ward tablet/1.0', '2001:db8::7')
  const unused = (await rowsOf(admin, page)).find(({ Token }) => Token === jtiOf(plain.refresh_token))
  t.match(unused, { 'Last used': 'never', From: /2001:db8::7 ward tablet\/1\.0/, State: /live/ })
  t.equal((await withToken(app, 'GET', '/api/auth/', plain.refresh_token)).statusCode, 200)
  const spent = await signIn('phone')
  const taken = await withToken(app, 'POST', '/api/auth/refresh', spent.refresh_token)
  const child = taken.json<{ refresh_token: string }>()
  const old = await signIn('x'.repeat(300))
  await change(old, { expiry: '2020-01-03T00:00:00Z' })
  const out = await signIn('kiosk')
  await withToken(app, 'DELETE', '/api/auth/', out.refresh_token)
  const cut = await signIn('stolen laptop')
  await admin.submit(page, `${page}/tokens/${jtiOf(cut.refresh_token)}/block`)

  const html = (await admin.get(page)).payload
  const rows = await rowsOf(admin, page)
  const states = Object.fromEntries(rows.map(({ Token = '', State }) => [Token, State]))
  t.match(states, {
    [jtiOf(before.refresh_token)]: /ended .*by a new password.* or disabling/,
    [jtiOf(plain.refresh_token)]: /live/,
    [jtiOf(child.refresh_token)]: /live/,
    [jtiOf(old.refresh_token)]: /expired/,
    [jtiOf(out.refresh_token)]: /logged out/,
    [jtiOf(cut.refresh_token)]: /blocked .*by an administrator/
  })
  t.equal(rows.length, 6, 'the one that was exchanged is left out')
  t.notMatch(html, jtiOf(spent.refresh_token))
  const used = rows.find(({ Token }) => Token === jtiOf(plain.refresh_token))
  const [row] = await db
    .select()
    .from(refresh_token)
    .where(eq(refresh_token.jti, jtiOf(plain.refresh_token)))
  t.hasStrict(used, {
    Issued: minute(row?.issued),
    Expires: minute(row?.expiry),
    'Last used': minute(row?.last_used),
    From: '2001:db8::7 ward tablet/1.0'
  })
  for (const instant of [row?.issued, row?.expiry, row?.last_used]) t.match(html, `datetime="${instant}"`)
  t.hasStrict(rows.at(-1), { Token: jtiOf(before.refresh_token), Issued: '2020-01-02 03:04' }, 'the oldest stands last')
  t.match(rows.find(({ State }) => /expired/.test(State ?? ''))?.From, /^192\.0\.2\.7 x{200}$/)

  const buttons = forms(html).filter(({ action }) => /tokens\/[^/]+\/(un)?block$/.test(action))
  t.strictSame(
    buttons.map(({ action, button }) => [action, button]).sort(),
    [
      [`${page}/tokens/${jtiOf(child.refresh_token)}/block`, `Block token ${jtiOf(child.refresh_token)}`],
      [`${page}/tokens/${jtiOf(cut.refresh_token)}/unblock`, `Unblock token ${jtiOf(cut.refresh_token)}`],
      [`${page}/tokens/${jtiOf(plain.refresh_token)}/block`, `Block token ${jtiOf(plain.refresh_token)}`]
    ].sort(),
    'only what can be changed has a button'
  )
  const [listed] = table((await admin.get('/?q=anna')).payload)
  t.hasStrict(listed, { Name: 'anna', 'Live tokens': '2' })

  // Many of one instant, so that the time alone does not tell them apart.
  const many = await account(server, 'many')
  const now = Date.now()
  const issued = Array.from({ length: 47 }, (_, index) => formatInstant(now - Math.floor(index / 9) * MINUTE))
  const tokens = issued.map((instant) => ({ issued: instant }))
  await insertTokens(db, many.id, tokens)
  const stored = await db.select().from(refresh_token).where(eq(refresh_token.user_id, many.id))
  const expected = stored
    .sort((a, b) => b.issued.localeCompare(a.issued) || (a.jti < b.jti ? 1 : -1))
    .map((token) => token.jti)
  const seen: string[][] = []
  for (let url: string | undefined = `/users/${many.id}`; url; ) {
    const answer = await admin.get(url)
    seen.push(table(answer.payload, 'tokens').map(({ Token = '' }) => Token))
    if (seen.length > 1) t.equal(link(answer.payload, 'Latest'), `/users/${many.id}#tokens`)
    url = link(answer.payload, 'Older')
  }
  t.strictSame(seen.flat(), expected, 'every token once, the newest first')
  t.strictSame(
    seen.map((listed) => listed.length),
    [20, 20, 7]
  )
  t.equal(
    (await admin.get(`/users/${many.id}?before=${jtiOf(plain.refresh_token)}`)).statusCode,
    404,
    "not after another's"
  )
})

t.test('F22: an id that is none is answered with a page that says so, and reaches nobody', async (t) => {
  const server = await build(t)
  const { app, db, config } = server
  const sessions = createSessions(db, config)
  const own = await account(server, 'grace', 'admin')
  const anna = await account(server, 'anna', 'user')
  const admin = await signedIn(server, own.id)
  await signedIn(server, anna.id)
  const [jti = ''] = await insertTokens(db, anna.id, [{}])
  const [hers] = await sessions.list(anna.id)
  const [spare] = await db.insert(role).values({ name: 'spare' }).returning()
  const token = await formToken(admin)
  const everything = async () => [
    await listAccounts(db),
    await db.select().from(role).orderBy(role.id),
    await db.select().from(refresh_token).orderBy(refresh_token.jti),
    await sessions.list(anna.id)
  ]
  const before = await everything()

  const routes = app.routePolicies().filter(({ path, method }) => path.includes(':id') && method !== 'HEAD')
  const pages = routes.filter((route) => route.session)
  t.ok(pages.length >= 12)
  const numbers = ['0', '-1', '1.5', '1.0', '1e3', '0x10', '01', '+1', '2147483648', '9223372036854775808', '1e20']
  const texts = ['NaN', 'null', '%00', '%20', '1%20', '%EF%BC%91', '999999', 'x'.repeat(100), "1'--", '__proto__']
  const bodies: Record<string, Record<string, string>> = { password: { password: '' }, roles: { roles: 'admin' } }

  async function ask(method: string, url: string): Promise<void> {
    const fields = { ...bodies[url.split('/').at(-1) ?? ''], _csrf: token }
    let answer = await (method === 'GET' ? admin.get(url) : admin.send('POST', url, fields))
    // The addresses of the original only know where to go on to.
    if (answer.statusCode === 302) answer = await admin.get(String(answer.headers.location).replace(/#.*/, ''))
    t.ok([400, 404].includes(answer.statusCode), `${method} ${url}: ${answer.statusCode}`)
    t.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
    t.notMatch(text(answer.payload), 'anna')
  }
  for (const { method, path } of pages) {
    for (const id of [...numbers, ...texts]) {
      await ask(
        method,
        path
          .replace(':id', id)
          .replace(':jti', jti)
          .replace(':key', hers?.key ?? '')
      )
    }
    for (const odd of ['none', 'x'.repeat(100), '%00', '%25', "'%20or%201=1--", '__proto__', `${jti}x`]) {
      if (!/:jti|:key/.test(path)) continue
      await ask(method, path.replace(':id', String(anna.id)).replace(/:jti|:key/, odd))
      await ask(method, path.replace(':id', String(spare?.id)).replace(/:jti|:key/, odd))
    }
  }
  t.strictSame(await everything(), before)
})

t.test('F26: an administrator sees and ends web sessions, own ones and those of others', async (t) => {
  const one = await build(t)
  const other = await buildOn(t, one.env)
  const { app, db, config } = one
  const sessions = createSessions(db, config)
  const grace = await account(one, 'grace', 'admin')
  const anna = await account(one, 'anna', 'admin')
  const home = await signedIn(one, grace.id, { client: 'home browser', address: '192.0.2.1' })
  const work = visitor(app, { 'user-agent': 'work browser' })
  await work.signIn(grace)
  const hers = await signedIn(one, anna.id, { client: 'her browser', address: '192.0.2.3' })
  const idle = await signedIn(one, anna.id, { client: 'forgotten browser' })
  await db
    .update(session)
    .set({ last_used: fromNow(-16 * MINUTE) })
    .where(eq(session.client, 'forgotten browser'))
  await db
    .update(session)
    .set({ created: fromNow(-MINUTE) })
    .where(eq(session.client, 'home browser'))

  const listed = table((await work.get('/account')).payload, 'sessions')
  t.strictSame(
    listed.map(({ From }) => From),
    ['127.0.0.1 work browser this session', '192.0.2.1 home browser'],
    'the latest first, and which is this one'
  )
  const [stored] = await db.select().from(session).where(eq(session.client, 'home browser'))
  t.hasStrict(listed[1], {
    'Signed in': minute(stored?.created),
    'Last used': minute(stored?.last_used),
    'Ends at the latest': minute(stored?.expiry)
  })
  const theirs = await work.get(`/users/${anna.id}`)
  t.strictSame(
    table(theirs.payload, 'sessions').map(({ From }) => From),
    ['192.0.2.3 her browser'],
    'one that has timed out is not there'
  )
  t.equal(whereTo(await idle.get('/')), '/login')

  for (const [page, owner, browser] of [
    ['/account', grace.id, home],
    [`/users/${anna.id}`, anna.id, hers]
  ] as const) {
    const html = (await work.get(page)).payload
    const ends = forms(html).filter(({ action }) => action.includes('/sessions/'))
    const keys = ends.map(({ action }) => action.split('/')[4] ?? '')
    const ids = [browser, work].map(sessionId)
    for (const id of ids) t.notOk(html.includes(id), 'the id in the cookie is not in the page')
    for (const key of keys) {
      for (const value of [key, new cookie.Signer(config.secretKey).sign(key)]) {
        const thief = visitor(app)
        thief.cookies.set('session', value)
        t.equal(whereTo(await thief.get('/')), '/login', 'and what names a session there opens none')
      }
    }
    const elsewhere = visitor(other.app)
    elsewhere.cookies.set('session', String(browser.cookies.get('session')))
    t.equal((await elsewhere.get('/')).statusCode, 200)

    const key = sessions.keyOf(sessionId(browser))
    const end = ends.find(({ action }) => action === `/users/${owner}/sessions/${key}/end`)
    const foreign = owner === grace.id ? anna.id : grace.id
    const refused = await work.send('POST', `/users/${foreign}/sessions/${key}/end`, end?.fields ?? {})
    t.equal(refused.statusCode, 404, 'F21: not by the address of another user')
    t.equal((await browser.get('/')).statusCode, 200)
    t.equal(whereTo(await work.send('POST', end?.action ?? '', end?.fields ?? {})), `${page}#sessions`)
    t.equal(whereTo(await browser.get('/')), '/login', 'dead at the next click')
    elsewhere.cookies.set('session', String(browser.cookies.get('session')))
    t.equal(whereTo(await elsewhere.get('/')), '/login', 'at every instance')
    t.equal(
      (await work.send('POST', end?.action ?? '', end?.fields ?? {})).statusCode,
      404,
      'a second click finds none'
    )
  }
  const [current] = forms((await work.get('/account')).payload).filter(({ action }) => action.includes('/sessions/'))
  t.equal((await work.send('POST', current?.action ?? '', current?.fields ?? {})).statusCode, 302)
  t.equal(whereTo(await work.get('/account')), '/login?next=%2Faccount', 'one can end even the one at hand')
})

t.test('the page of roles tells who holds each and what it may call; unused ones can go', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const admin = await signedIn(server, (await account(server, 'grace', 'admin', 'user')).id)
  await account(server, 'anna', 'user')
  const html = (await admin.get('/roles')).payload
  // The policies of a project's own routes can name further roles, which nobody here holds.
  const rowOf = (page: string, name: string) => table(page).find(({ Role }) => Role === name)
  const before = (await db.select().from(role)).length
  t.strictSame(
    table(html)
      .filter(({ Users }) => Users !== '0')
      .map(({ Role, Users }) => [Role, Users]),
    [
      ['admin', '1'],
      ['user', '2']
    ]
  )
  for (const [name, block] of [...html.matchAll(/<tr\b.*?<\/tr>/gs)]
    .slice(1)
    .map(([tr]) => [table(tr)[0]?.Role ?? '', tr])) {
    const told = [...(block ?? '').matchAll(/<code>([^<]*)<\/code> <span class="methods">([^<]*)</g)].flatMap(
      ([, path, methods = '']) => methods.split(', ').map((method) => `${method} ${path}`)
    )
    const allowed = app
      .routePolicies()
      .filter(({ policy }) => Array.isArray(policy) && policy.includes(name ?? ''))
      .map(({ method, path }) => `${method} ${path}`)
    t.strictSame(told.sort(), allowed.sort(), `what ${name} may call`)
    t.ok(told.length >= 8, 'at least those of a resource')
  }

  t.equal(whereTo(await admin.submit('/roles', '/roles', { name: ' Nurse-2_b ' })), '/roles')
  const after = (await admin.get('/roles')).payload
  t.match(text(after), 'The role nurse-2_b was added.')
  t.hasStrict(rowOf(after, 'nurse-2_b'), { Role: 'nurse-2_b', Users: '0', 'May call': 'no route names it' })
  const nameRule = /must have 1 to 32 characters: letters a to z/
  for (const [name, status, problem] of [
    ['', 400, nameRule],
    [' ', 400, nameRule],
    ['2nd', 400, nameRule],
    ['head nurse', 400, nameRule],
    ['närse', 400, nameRule],
    ['a\u200b', 400, nameRule],
    ['x'.repeat(33), 400, nameRule],
    ['x'.repeat(1001), 400, /more than 1000 characters/],
    ['<b>', 400, nameRule],
    ['__proto__', 400, nameRule],
    ['NURSE-2_B', 409, /There is such a role already/],
    ['Admin', 409, /There is such a role already/]
  ] as const) {
    const refused = await admin.submit('/roles', '/roles', { name })
    t.equal(refused.statusCode, status, name.slice(0, 40))
    t.match(problems(refused.payload), { name: problem })
    t.equal(forms(refused.payload).find(({ action }) => action === '/roles')?.fields.name, name)
  }
  t.equal((await db.select().from(role)).length, before + 1)

  const [nurse, administrator, member] = await Promise.all(
    ['nurse-2_b', 'admin', 'user'].map(async (name) => (await db.select().from(role).where(eq(role.name, name)))[0]?.id)
  )
  const remove = `/roles/${nurse}/delete`
  const { fields } = await admin.form('/roles', remove)
  const anna = `/users/${(await db.select().from(user).where(eq(user.username, 'anna')))[0]?.id}`
  await admin.submit(anna, `${anna}/roles`, { roles: ['nurse-2_b'] })
  t.hasStrict(rowOf((await admin.get('/roles')).payload, 'nurse-2_b'), { Role: 'nurse-2_b', Users: '1' })
  t.strictSame(
    forms((await admin.get('/roles')).payload).filter(({ action }) => action.endsWith('/delete')),
    [],
    'what is needed or held has no button'
  )
  for (const [id, told] of [
    [nurse, 'Users hold this role'],
    [administrator, 'The server itself, or a route of it, needs this role'],
    [member, 'The server itself, or a route of it, needs this role']
  ] as const) {
    const refused = await admin.send('POST', `/roles/${id}/delete`, fields)
    t.equal(refused.statusCode, 409, told)
    t.match(text(refused.payload), `Nothing was changed. ${told}`)
    t.equal(table(refused.payload).length, before + 1)
    t.ok(['admin', 'nurse-2_b', 'user'].every((name) => rowOf(refused.payload, name)))
  }
  await admin.submit(anna, `${anna}/roles`, { roles: [] })

  // Forms that were loaded before a role went.
  const stale = { add: await addForm(admin), change: await admin.form(anna, `${anna}/roles`) }
  t.equal(whereTo(await admin.submit('/roles', remove)), '/roles')
  t.match(text((await admin.get('/roles')).payload), 'The role nurse-2_b was deleted.')
  t.equal((await admin.send('POST', remove, fields)).statusCode, 404, 'a second click finds none')
  for (const [action, more] of [
    ['/', { ...stale.add.fields, username: 'berta' }],
    [`${anna}/roles`, stale.change.fields]
  ] as const) {
    const refused = await admin.send('POST', action, { ...more, roles: ['user', 'nurse-2_b'] })
    t.equal(refused.statusCode, 400, action)
    t.match(text(refused.payload), 'Nothing was changed. There is no role nurse-2_b')
    t.notMatch(refused.payload, 'value="nurse-2_b"')
  }
  const left = await listAccounts(db)
  t.strictSame(
    left.map(({ username, roles }) => [username, roles]),
    [
      ['anna', []],
      ['grace', ['admin', 'user']]
    ]
  )
})

t.test('a role that the policy of a route names stays', async (t) => {
  const env = await environment(t)
  const config = loadConfig(env)
  const app = await buildAround(t, env, (scope) => {
    scope.register(async (exhibits) => {
      exhibits.allow('curator')
      const schema = { response: { 200: { type: 'string' } } }
      exhibits.get('/exhibit', { schema, onRequest: exhibits.authenticate }, async () => 'an exhibit')
    })
    scope.register(async (pages) => {
      pages.register(adminUi, { config })
      pages.register(adminPages, { config })
    })
  })
  const server = { app, db: app.db, config }
  const admin = await signedIn(server, (await account(server, 'grace', 'admin')).id)

  const html = (await admin.get('/roles')).payload
  t.match(table(html)[1], { Role: 'curator', Users: '0', 'May call': /1 address.*\/exhibit GET, HEAD$/ })
  const [curator] = await app.db.select().from(role).where(eq(role.name, 'curator'))
  const action = `/roles/${curator?.id}/delete`
  t.notOk(forms(html).some((form) => form.action === action))
  const refused = await admin.send('POST', action, { _csrf: await formToken(admin) })
  t.equal(refused.statusCode, 409)
  t.match(text(refused.payload), 'The server itself, or a route of it, needs this role')
})

t.test('A15: one changes the own password on the page of the own account', async (t) => {
  const server = await build(t, { LOGIN_FAILURES: '3' })
  const { app } = server
  const grace = await account(server, 'grace', 'admin')
  await account(server, 'anna', 'user')
  const browser = await signedIn(server, grace.id)
  const elsewhere = await signedIn(server, grace.id)
  const caller = await signInAs(app, grace)
  const next = 'seven quiet lakes'
  const change = (old_password: string, new_password: string) =>
    browser.submit('/account', '/account/password', { old_password, new_password })
  const read = (await browser.get('/account')).payload
  t.match(text(read), /Name grace Roles admin/)
  t.strictSame(
    table(read, 'tokens').map(({ Token }) => Token),
    [jtiOf(caller.refresh_token)]
  )

  for (const [old, chosen, status, field, problem] of [
    ['wrong horse', next, 403, 'old_password', /is not right/],
    ['', next, 403, 'old_password', /is not right/],
    [PASSWORD, 'short', 400, 'new_password', /must have at least 15 characters/],
    [PASSWORD, 'passwordpassword', 400, 'new_password', /is a common password/],
    [PASSWORD, 'this is GRACE speaking', 400, 'new_password', /must not contain the user name/]
  ] as const) {
    const refused = await change(old, chosen)
    t.equal(refused.statusCode, status, chosen)
    t.strictSame(Object.keys(problems(refused.payload)), [field], 'beside its field')
    t.match(problems(refused.payload), { [field]: problem })
    for (const typed of [old, chosen]) t.notOk(typed && refused.payload.includes(typed))
  }
  t.equal((await caller.get('/api/auth/')).statusCode, 401, 'an access token refreshes nothing')
  t.equal((await withToken(app, 'GET', '/api/auth/', caller.refresh_token)).statusCode, 200, 'nothing has ended')
  t.equal((await elsewhere.get('/')).statusCode, 200)

  const old = String(browser.cookies.get('session'))
  t.equal(whereTo(await change(PASSWORD, next)), '/account')
  t.not(browser.cookies.get('session'), old, 'this session goes on under a new id')
  const told = (await browser.get('/account')).payload
  t.match(text(told), 'Your password was changed. Your tokens and your other sessions have ended.')
  t.equal(table(told, 'sessions').length, 1)
  t.match(table(told, 'tokens'), [{ State: /ended/ }])
  const holder = visitor(app)
  holder.cookies.set('session', old)
  t.equal(whereTo(await holder.get('/')), '/login', 'the old id is worthless')
  t.equal(whereTo(await elsewhere.get('/')), '/login')
  for (const [url, token] of [
    ['/api/auth/', caller.refresh_token],
    ['/api/sample/', caller.access_token]
  ] as const) {
    t.equal((await withToken(app, 'GET', url, token)).statusCode, 401, url)
  }
  t.equal(await login(app, 'grace', PASSWORD), 401)
  t.equal(await login(app, 'grace', next), 200)

  for (let attempt = 0; attempt < 3; attempt++) t.equal((await change('a guess', PASSWORD)).statusCode, 403)
  const refused = await change(next, PASSWORD)
  t.equal(refused.statusCode, 429, 'guesses count like failed logins')
  t.match(text(refused.payload), 'Too many failed logins for this account; try again later')
  const wait = Number(refused.headers['retry-after'])
  t.ok(wait > 0 && wait <= 900, `and told to wait ${wait} s`)
  t.equal(await login(app, 'grace', next), 429, 'which are refused as well')
  t.equal(await login(app, 'anna', PASSWORD), 200)
  t.equal((await browser.get('/account')).statusCode, 200, 'the session goes on')
})

t.test('H11: the list of users goes page by page in order, and a search is taken literally', async (t) => {
  const server = await build(t)
  const { db } = server
  const odd = [
    '50%',
    '5000',
    'a_b',
    'axb',
    'a\\b',
    "o'brien",
    'zoë 李',
    'ädmin',
    '😀',
    'a&b=c#d?e+f',
    'a-b',
    'a b',
    'ab',
    '_x',
    '\ufffdz'
  ]
  const many = Array.from({ length: 159 }, (_, index) => `ward ${String(index).padStart(3, '0')}`)
  const ids = await insertAccounts(db, [...odd, ...many], ['user'])
  const admin = await signedIn(server, (await account(server, 'grace', 'admin')).id)
  const all = await names(db)
  t.strictSame([...all].sort(), ['grace', ...odd, ...many].sort())
  t.equal(all.length, 175)

  async function walk(url: string | undefined, to: 'Next' | 'Previous') {
    const seen: string[][] = []
    let last = ''
    while (url && seen.length < 10) {
      const { statusCode, payload } = await admin.get(url)
      t.equal(statusCode, 200, url)
      seen.push(table(payload).map(({ Name = '' }) => Name.replace(/ you$/, '')))
      last = url
      url = link(payload, to)
    }
    return { seen, last }
  }
  const forwards = await walk('/', 'Next')
  t.strictSame(forwards.seen.flat(), all, 'every name once, in order')
  t.strictSame(
    forwards.seen.map((page) => page.length),
    [50, 50, 50, 25]
  )
  const backwards = await walk(forwards.last, 'Previous')
  t.strictSame(backwards.seen.reverse().flat(), all, 'and backwards')
  const found = await walk('/?q=WARD+', 'Next')
  t.strictSame(found.seen.flat(), many, 'with a search, too')
  t.equal(found.seen.length, 4)
  t.strictSame((await walk(found.last, 'Previous')).seen.reverse().flat(), many)

  for (const [q, expected] of [
    ['%', ['50%']],
    ['50%', ['50%']],
    ['_', ['_x', 'a_b']],
    ['a_b', ['a_b']],
    ['\\', ['a\\b']],
    ["'", ["o'brien"]],
    ["O'BRIEN", ["o'brien"]],
    ["' OR 1=1--", []],
    ['%%', []],
    ['ZOË', ['zoë 李']],
    ['zoe\u0308', ['zoë 李']],
    ['ＡＸＢ', ['axb']],
    ['ÄDM', ['ädmin']],
    [' ward 001 ', ['ward 001']],
    ['😀', ['😀']],
    ['a&b=c#d', ['a&b=c#d?e+f']],
    ['ward 001'.repeat(9), []],
    ['x'.repeat(64), []],
    ['x'.repeat(1000), []],
    ['%'.repeat(1000), []],
    ['{{7*7}}', []]
  ] as [string, string[]][]) {
    const answer = await admin.get(`/?q=${encodeURIComponent(q)}`)
    t.equal(answer.statusCode, 200)
    const found = table(answer.payload).map(({ Name }) => Name)
    t.strictSame(found.sort(), expected, `the search for ${q.slice(0, 20)}`)
    t.equal(forms(answer.payload).find(({ method }) => method === 'get')?.fields.q, q)
    if (expected.length === 0) t.match(text(answer.payload), `No name contains “${q.replace(/\s+/g, ' ')}”.`)
  }

  await db.delete(user).where(inArray(user.username, many.slice(0, 75)))
  t.strictSame(
    (await walk('/', 'Next')).seen.map((page) => page.length),
    [50, 50],
    'no page is empty'
  )
  t.match(text((await admin.get('/?after=~~~~&q=ward')).payload), 'No name contains')

  await insertTokens(db, ids[0] ?? 0, [
    {},
    {},
    {},
    { expiry: fromNow(-MINUTE) },
    { blocked: true },
    { rotated: fromNow() }
  ])
  await insertTokens(db, ids[2] ?? 0, [{}])
  const counts = table((await admin.get('/')).payload)
  t.hasStrict(
    counts.find(({ Name }) => Name === '50%'),
    { 'Live tokens': '3', Roles: 'user', State: '● enabled', 'Last login': 'never' }
  )
  t.hasStrict(
    counts.find(({ Name }) => Name === 'a_b'),
    { 'Live tokens': '1' }
  )
  t.hasStrict(
    counts.find(({ Name }) => Name === 'axb'),
    { 'Live tokens': '0' }
  )
  await setDisabled(db, ids[0] ?? 0, true)
  t.hasStrict(table((await admin.get('/?q=50%25')).payload), [{ 'Live tokens': '0', State: '○ disabled' }])

  for (const query of [
    'x=1',
    'q=a&q=b',
    'q[]=a',
    'q[x]=a',
    '__proto__=1',
    '__proto__[x]=1',
    'constructor=1',
    'after=a&after=b',
    'after=&before=',
    'after=z&before=a',
    'after=%00',
    'q=%00',
    'q=%ED%A0%80',
    'q=%zz',
    'limit=1e9',
    'before=%F0%9F%98%80',
    `q=${'x'.repeat(1001)}`,
    `q=${'%25'.repeat(3000)}`,
    Array.from({ length: 1000 }, (_, index) => `k${index}=1`).join('&')
  ]) {
    for (const path of ['/', '/account', '/roles', `/users/${ids[1]}`, `/users/${ids[1]}/delete`, '/login']) {
      const answer = await admin.get(`${path}?${query}`)
      t.ok([200, 302, 400, 404].includes(answer.statusCode), `${path}?${query.slice(0, 30)}: ${answer.statusCode}`)
      if (answer.statusCode !== 302) t.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
    }
  }

  const id = ids[1]
  t.equal(whereTo(await admin.get(`/tokens/${id}`)), `/users/${id}#tokens`, 'the addresses of the original')
  t.equal(whereTo(await admin.get(`/set_password/${id}`)), `/users/${id}#password`)
  const target = (await admin.get(`/users/${id}`)).payload
  for (const anchor of ['tokens', 'password']) t.match(target, `id="${anchor}"`)
})

/** An account with PASSWORD. */
async function account({ db }: Pick<TestApp, 'db'>, username: string, ...roles: string[]) {
  const [id = 0] = await insertAccounts(db, [username], roles)
  return { id, username, password: PASSWORD }
}

/** Accounts with PASSWORD and these roles; gives their ids. */
async function insertAccounts(db: Database, usernames: string[], roles: string[] = []): Promise<number[]> {
  const added = await db
    .insert(user)
    .values(usernames.map((username) => ({ username, password_hash: HASH, created_at: fromNow() })))
    .returning()
  const held = roles.length === 0 ? [] : await db.select().from(role).where(inArray(role.name, roles))
  if (held.length > 0) {
    await db.insert(user_role).values(added.flatMap(({ id }) => held.map((one) => ({ user_id: id, role_id: one.id }))))
  }
  return added.map(({ id }) => id)
}

/** Refresh tokens of an account, as logins would leave them; gives their jti. */
async function insertTokens(
  db: Database,
  user_id: number,
  tokens: Partial<typeof refresh_token.$inferInsert>[]
): Promise<string[]> {
  const day = 24 * 60 * MINUTE
  const rows = tokens.map((token) => {
    const jti = randomUUID()
    const times = { issued: fromNow(), expiry: fromNow(day), family_expiry: fromNow(day) }
    return { jti, family: jti, user_id, credentials_version: 1, ...times, ...token }
  })
  await db.insert(refresh_token).values(rows)
  return rows.map(({ jti }) => jti)
}

/** The browser of somebody who has signed in: with a session and its cookie, without the price of a password. */
async function signedIn(
  { app, db, config }: Pick<TestApp, 'app' | 'db' | 'config'>,
  id: number,
  from: { client?: string; address?: string } = {}
): Promise<Visitor> {
  const [owner] = await db.select().from(user).where(eq(user.id, id))
  if (!owner) throw new Error('no such account')
  const key = randomBytes(24).toString('base64url')
  await createSessions(db, config).start(key, owner, { address: '192.0.2.1', client: 'a browser', ...from })
  const browser = visitor(app, { accept: 'text/html' })
  browser.cookies.set('session', new cookie.Signer(config.secretKey).sign(key))
  return browser
}

/** The id of a browser's session, as its cookie has it. */
function sessionId({ cookies }: Visitor): string {
  return String(cookies.get('session')).split('.')[0] ?? ''
}

/** The form that adds a user; the search on its page has the same address. */
async function addForm(browser: Visitor) {
  const found = forms((await browser.get('/')).payload).find(
    ({ action, method }) => action === '/' && method === 'post'
  )
  if (!found) throw new Error('no form to add a user')
  return found
}

async function addUser(browser: Visitor, fields: Record<string, string | string[]>) {
  return await browser.send('POST', '/', { ...(await addForm(browser)).fields, ...fields })
}

/** What a form of this browser's session is known by. */
async function formToken(browser: Visitor): Promise<string> {
  return String((await addForm(browser)).fields._csrf)
}

const ELEMENTS = new Set(
  (
    '!doctype html head meta title link body a header div img nav ul li form input span button main p strong code h1 h2 ' +
    'section table thead tbody tr th td dl dt dd label fieldset legend details summary time small footer'
  ).split(' ')
)

/** The tags of a page that its templates do not make: other elements, handlers of events, addresses elsewhere. */
function strangeTags(html: string): string[] {
  return [...html.matchAll(/<\/?([^\s>/]*)([^>]*)>/g)].flatMap(([tag, element = '', attributes = '']) => {
    const handler = /\son\w*\s*=/i.test(attributes.replace(/"[^"]*"/g, '""'))
    const leaves = /\s(href|src|action)="(?!#|\/(?!\/))/.test(attributes)
    return !ELEMENTS.has(element) || handler || leaves ? [tag] : []
  })
}

/** The password that a page shows, if it does. */
function secret(html: string): string | undefined {
  return /<code class="secret">([^<]*)<\/code>/.exec(html)?.[1]
}

/** What a page says is wrong, by field. */
function problems(html: string): Record<string, string> {
  return Object.fromEntries(
    [...html.matchAll(/id="(\w+)-problem">(.*?)<\/p>/gs)].map(([, field, told = '']) => [field, text(told)])
  )
}

/** The rows of the table of a page, or of one of its sections, by the titles of their columns. */
function table(html: string, section?: string): Record<string, string>[] {
  const part = section ? (html.split(`<section id="${section}"`)[1] ?? '').split('</section>', 1)[0] : html
  return [...(part ?? '').matchAll(/<tr\b.*?<\/tr>/gs)]
    .map(([row]) =>
      Object.fromEntries(
        [...row.matchAll(/<t[hd]\b[^>]*data-label="([^"]*)"[^>]*>(.*?)<\/t[hd]>/gs)].map(([, label, cell = '']) => [
          label,
          text(cell)
        ])
      )
    )
    .filter((cells) => Object.keys(cells).length > 0)
}

async function rowsOf(browser: Visitor, page: string) {
  return table((await browser.get(page)).payload, 'tokens')
}

function stateOf({ payload }: { payload: string }, jti: string): string {
  return table(payload, 'tokens').find(({ Token }) => Token === jti)?.State ?? 'not listed'
}

/** Where a link leads. */
function link(html: string, label: string): string | undefined {
  const found = [...html.matchAll(/<a\b[^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].find(([, , words]) => words === label)
  return found && text(found[1] ?? '')
}

function jtiOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti
}

/** An instant as the pages write it. */
function minute(instant: string | null | undefined): string {
  return `${instant?.slice(0, 10)} ${instant?.slice(11, 16)}`
}

/** Where an answer sends the browser; when it does not, its status. */
function whereTo({ statusCode, headers }: { statusCode: number; headers: { location?: string } }): string {
  return statusCode === 302 ? (headers.location ?? '') : String(statusCode)
}

async function login(app: FastifyInstance, username: string, password: string): Promise<number> {
  return (await app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })).statusCode
}

async function names(db: Database): Promise<string[]> {
  return (await listAccounts(db)).map(({ username }) => username)
}
