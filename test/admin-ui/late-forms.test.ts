// Forms that arrive after their sender has lost access.

import { once } from 'node:events'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { build, eventually, logRows } from '../support/app.ts'
import { listen } from '../support/net.ts'
import { text, visitor } from '../support/pages.ts'
import { jtiOf } from '../support/tokens.ts'
import { cookieHeader } from './web-sessions.ts'

const FORM = 'Content-Type: application/x-www-form-urlencoded'

t.test('a request that loses access while its body arrives is rejected [F11, C9, C3, L5]', async (t) => {
  const { app, accounts, signIn } = await build(t)
  const port = await listen(app)
  await signIn('admin')
  const losses: [name: string, lose: (id: number) => Promise<unknown>][] = [
    ['disabled', (id) => accounts.setDisabled(id, true)],
    ['without the role', (id) => accounts.setRoles(id, ['user'])]
  ]
  for (const [name, lose] of losses) {
    const bob = await signIn('admin', 'user')
    const browser = visitor(app)
    await browser.signIn(bob)
    const { fields } = await browser.form('/', '/logout')
    const body = new URLSearchParams({
      _csrf: String(fields._csrf),
      username: 'backdoor',
      password: '',
      roles: 'admin'
    })
    const head = ['POST /users/new HTTP/1.1', `Cookie: ${cookieHeader(browser)}`, FORM]
    const slow = await startRequest(app, port, head, body.toString())
    await lose(bob.id)
    t.match(await slow.finish(), /^HTTP\/1\.1 307 .*\nlocation: \/login\/resume\?form=%2Fusers%2Fnew\r/s, name)
    t.notOk(
      (await accounts.list()).some(({ username }) => username === 'backdoor'),
      `${name}: no account was added`
    )
  }

  const caller = await signIn('user')
  const slow = await startRequest(
    app,
    port,
    ['POST /api/sample/ HTTP/1.1', `Authorization: Bearer ${caller.access_token}`, 'Content-Type: application/json'],
    '{"name":"too late"}'
  )
  await app.tokens.block(jtiOf(caller.refresh_token), 'admin')
  t.match(await slow.finish(), /^HTTP\/1\.1 401 /, 'the API does the same')
})

t.test('the log row of a rejected form names the owner of its session [E1]', async (t) => {
  const { app, db, signIn } = await build(t)
  const account = await signIn('admin')
  const browser = visitor(app)
  await browser.signIn(account)
  const { fields } = await browser.form('/', '/logout')
  for (const headers of [
    { origin: 'https://evil.test' },
    { 'content-type': 'text/plain' },
    { 'sec-fetch-site': 'cross-site' }
  ] as Record<string, string>[]) {
    t.equal((await browser.send('POST', '/users/new', fields, headers)).statusCode, 403)
    t.match((await logRows(db)).at(-1), { username: account.username, status: 403, path: '/users/new' })
  }
})

t.test('a form of an ended session leads to the sign-in page, which says that nothing was changed [C9]', async (t) => {
  const { app, accounts, signIn } = await build(t)
  const account = await signIn('admin')
  await signIn('admin')
  const browser = visitor(app)
  await browser.signIn(account)
  const { fields } = await browser.form('/', '/logout')
  await accounts.setDisabled(account.id, true)
  const late = await browser.send('POST', '/users/new', fields)
  t.match(late, { statusCode: 307, headers: { location: '/login/resume?form=%2Fusers%2Fnew' } })
  const page = await browser.send('POST', String(late.headers.location), fields)
  t.equal(page.statusCode, 401)
  t.match(text(page.payload), 'Your session has ended, so your change was not made.')
})

/** Sends a request without the last byte of its body. `finish` sends that byte and returns the response. */
async function startRequest(app: FastifyInstance, port: number, head: string[], body: string) {
  const received = new Promise<void>((resolve) => app.server.once('request', () => resolve()))
  const socket = connect(port, '127.0.0.1')
  let response = ''
  socket.on('data', (chunk) => {
    response += chunk
  })
  const lines = [...head, 'Host: x', 'Connection: close', `Content-Length: ${Buffer.byteLength(body)}`]
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body.slice(0, -1)}`)
  await received
  return {
    async finish(): Promise<string> {
      socket.write(body.slice(-1))
      await once(socket, 'close')
      return await eventually(() => (response.includes('\r\n\r\n') ? response : undefined))
    }
  }
}
