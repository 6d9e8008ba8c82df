// What may happen between a click and its answer: a form that takes its time, two clicks at once, and blocks of a token
// that meet each other.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { addAccount, listAccounts, setDisabled, setRoles } from '../src/accounts.ts'
import { fromNow } from '../src/instants.ts'
import { refresh_token } from '../src/tables/account.ts'
import { build, buildOn, eventually, logRows, withToken } from './support/app.ts'
import { forms, text, visitor } from './support/pages.ts'

t.test('F11, C9: who loses access while their form is on its way, has lost it when it arrives', async (t) => {
  const { app, db, signIn } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  await signIn('admin')
  const ways: [name: string, lose: (id: number) => Promise<unknown>, answer: RegExp][] = [
    ['disabled', (id) => setDisabled(db, id, true), /^HTTP\/1\.1 302 .*\nlocation: \/login\?ended\r/s],
    ['without the role', (id) => setRoles(db, id, ['user']), /^HTTP\/1\.1 302 .*\nlocation: \/login\?ended\r/s]
  ]
  for (const [name, lose, answer] of ways) {
    const bob = await signIn('admin', 'user')
    const browser = visitor(app)
    await browser.signIn(bob)
    const { fields } = await browser.form('/', '/logout')
    const token = String(fields._csrf)
    const body = new URLSearchParams({ _csrf: token, username: 'backdoor', password: '', roles: 'admin' })
    const cookie = [...browser.cookies].map(([key, value]) => `${key}=${value}`).join('; ')
    const slow = await sendHalf(app, ['POST / HTTP/1.1', `Cookie: ${cookie}`, FORM], body.toString())
    await lose(bob.id)
    t.match(await slow.rest(), answer, name)
    t.notOk(
      (await listAccounts(db)).some(({ username }) => username === 'backdoor'),
      `${name}: nothing is done`
    )
  }

  const caller = await signIn('user')
  const slow = await sendHalf(
    app,
    ['POST /api/sample/ HTTP/1.1', `Authorization: Bearer ${caller.access_token}`, 'Content-Type: application/json'],
    '{"name":"too late"}'
  )
  await app.tokens.block(jtiOf(caller.refresh_token), 'admin')
  t.match(await slow.rest(), /^HTTP\/1\.1 401 /, 'C3: the API does the same')
})

t.test('two forms of one session that are sent at once are both told of, each with its own password', async (t) => {
  const one = await build(t)
  const other = await buildOn(t, one.env)
  const browser = visitor(one.app)
  await browser.signIn(await one.signIn('admin'))
  const elsewhere = visitor(other.app)
  for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value)

  for (let round = 0; round < 5; round++) {
    const { fields } = await browser.form('/account', '/logout')
    const names = [`ada-${round}`, `eva-${round}`]
    const add = (who: typeof browser, username: string) =>
      who.send('POST', '/', { _csrf: fields._csrf ?? '', username, password: '' })
    const added = await Promise.all([add(browser, names[0] ?? ''), add(elsewhere, names[1] ?? '')])
    t.strictSame(
      added.map(({ statusCode }) => statusCode),
      [302, 302]
    )

    const pages = await Promise.all([browser.get('/account'), elsewhere.get('/account')])
    const told = pages.flatMap(({ payload }) => [...payload.matchAll(/<div class="notice".*?<\/div>/gs)]).map(String)
    t.equal(told.length, 2, 'once each, whichever page was asked for first')
    for (const username of names) {
      const notice = told.find((html) => html.includes(username)) ?? ''
      const [, password = ''] = /<code class="secret">(.*?)<\/code>/.exec(notice) ?? []
      const login = await one.app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })
      t.equal(login.statusCode, 200, `${username} has the password that was shown with the name`)
    }
    t.notMatch((await browser.get('/account')).payload, 'class="secret"')
  }
})

t.test(
  'C5, C8, C12: what ended a token for good cannot be taken back, also when an administrator blocked it first',
  async (t) => {
    const { app, db, signIn, log } = await build(t)
    const admin = visitor(app)
    await admin.signIn(await signIn('admin'))
    const { fields } = await admin.form('/account', '/logout')
    const press = (id: number, jti: string, action: string) =>
      admin.send('POST', `/users/${id}/tokens/${jti}/${action}`, { _csrf: fields._csrf ?? '' })

    const leaving = await signIn('user')
    const jti = jtiOf(leaving.refresh_token)
    t.equal((await press(leaving.id, jti, 'block')).statusCode, 302)
    await app.tokens.block(jti, 'logout') // a logout that had been let in just before
    const unblocked = await press(leaving.id, jti, 'unblock')
    t.equal(unblocked.statusCode, 409)
    t.match(text(unblocked.payload), 'Only a token that an administrator has blocked can be unblocked')
    t.equal((await withToken(app, 'GET', '/api/auth/', leaving.refresh_token)).statusCode, 401)

    const copied = await signIn('user')
    const spent = jtiOf(copied.refresh_token)
    const rotation = await withToken(app, 'POST', '/api/auth/refresh', copied.refresh_token)
    const child = rotation.json<{ refresh_token: string }>().refresh_token
    await db
      .update(refresh_token)
      .set({ rotated: fromNow(-20_000) })
      .where(eq(refresh_token.jti, spent))
    t.equal((await press(copied.id, jtiOf(child), 'block')).statusCode, 302)
    t.equal((await withToken(app, 'POST', '/api/auth/refresh', copied.refresh_token)).statusCode, 401)
    t.match(log(), 'refresh token reused', 'the copy is noticed while it is blocked')
    t.equal((await press(copied.id, jtiOf(child), 'unblock')).statusCode, 409)
    t.equal((await withToken(app, 'GET', '/api/auth/', child)).statusCode, 401)

    const ended = await signIn('user')
    t.equal((await press(ended.id, jtiOf(ended.refresh_token), 'block')).statusCode, 302)
    await setDisabled(db, ended.id, true)
    const page = await admin.get(`/users/${ended.id}`)
    t.match(text(page.payload), 'ended by a new password or disabling', 'and what would not help is not offered')
    t.notOk(forms(page.payload).some(({ action }) => action.endsWith('/unblock')))
  }
)

t.test('E1: the row of a refused form names whose session it came with; a form too late says so', async (t) => {
  const { app, db, signIn } = await build(t)
  const account = await signIn('admin')
  await signIn('admin')
  const browser = visitor(app)
  await browser.signIn(account)
  const { fields } = await browser.form('/', '/logout')
  for (const headers of [
    { origin: 'https://evil.test' },
    { 'content-type': 'text/plain' },
    { 'sec-fetch-site': 'cross-site' }
  ]) {
    t.equal((await browser.send('POST', '/', fields, headers as unknown as Record<string, string>)).statusCode, 403)
    t.match((await logRows(db)).at(-1), { username: account.username, status: 403, path: '/' })
  }
  await setDisabled(db, account.id, true)
  const late = await browser.send('POST', '/', fields)
  t.equal(late.headers.location, '/login?ended')
  t.match(text((await browser.get('/login?ended')).payload), 'Your session has ended, and what you sent was not done.')
})

t.test('F26: all sessions of an account are ended at once, except the one that asks', async (t) => {
  const { app, db, signIn } = await build(t)
  const account = await signIn('admin')
  const [mine, theirs] = [visitor(app), visitor(app)]
  await mine.signIn(account)
  await theirs.signIn(account)
  const colleague = await addAccount(db, app.passwords, { username: 'colleague', roles: ['admin'] })
  const other = visitor(app)
  await other.signIn(colleague)

  await mine.submit('/account', `/users/${account.id}/sessions/end`)
  t.equal((await mine.get('/account')).statusCode, 200)
  t.equal((await theirs.get('/account')).statusCode, 302)
  t.equal((await other.get('/')).statusCode, 200, 'those of others go on')
  t.notOk(forms((await mine.get('/account')).payload).some(({ action }) => action.endsWith('/sessions/end')))

  await other.submit(`/users/${account.id}`, `/users/${account.id}/sessions/end`)
  t.equal((await mine.get('/account')).statusCode, 302)
})

const FORM = 'Content-Type: application/x-www-form-urlencoded'

/** Sends a request but for the last byte of its body, once the server has its head; `rest` sends that and gives the answer. */
async function sendHalf(app: FastifyInstance, head: string[], body: string) {
  const { port } = app.server.address() as { port: number }
  const looked = new Promise<void>((resolve) => app.server.once('request', () => resolve()))
  const socket: Socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  const lines = [...head, 'Host: x', 'Connection: close', `Content-Length: ${Buffer.byteLength(body)}`]
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body.slice(0, -1)}`)
  await looked
  return {
    async rest(): Promise<string> {
      socket.write(body.slice(-1))
      await once(socket, 'close')
      return await eventually(() => (answer.includes('\r\n\r\n') ? answer : undefined))
    }
  }
}

function jtiOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti
}
