// What the sign-in page and "Your account" say about signing in.

import t from 'tap'
import { build } from '../support/app.ts'
import { login } from '../support/logins.ts'
import { fieldErrors, redirectTarget, table } from '../support/page-content.ts'
import { text, visitor } from '../support/pages.ts'
import { insertAccount, openAs, PASSWORD } from './inserted-accounts.ts'

t.test(
  'the sign-in page has the focus where one types, and says that one is signed out, or how long to wait',
  async (t) => {
    const server = await build(t, { LOGIN_FAILURES: '2' })
    const grace = await insertAccount(server, 'grace', 'admin')
    const browser = visitor(server.app)
    t.match((await browser.get('/login')).payload, /<input id="username"[^>]* autofocus/)
    await browser.signIn(grace)
    const out = await browser.submit('/', '/logout')
    t.equal(redirectTarget(out), '/login?signed-out')
    t.match(
      (await browser.get('/login?signed-out')).payload,
      /<div class="notice" role="status"><p>You are signed out\./
    )

    const wrong = () => browser.submit('/login', '/login', { username: 'grace', password: 'wrong' })
    t.match((await wrong()).payload, /<input id="password"[^>]* autofocus/, 'the name is there already')
    await wrong()
    const locked = await wrong()
    t.equal(locked.statusCode, 429)
    t.match(text(locked.payload), 'Too many failed logins for this account. Try again in 15 minutes.')
  }
)

t.test('the new password must be typed twice, and a difference is named', async (t) => {
  const server = await build(t)
  const grace = await insertAccount(server, 'grace', 'admin')
  const browser = await openAs(server, grace.id)
  const refused = await browser.submit('/account', '/account/password', {
    old_password: PASSWORD,
    new_password: 'seven quiet lakes',
    repeated_password: 'seven quiet lanes'
  })
  t.equal(refused.statusCode, 400)
  t.strictSame(fieldErrors(refused.payload), {
    repeated_password: '✕ New password again is not the same as the new password'
  })
  t.equal((await login(server.app, grace)).statusCode, 200, 'the old password still works')
})

t.test('"Your account" lists one’s own sign-ins, and asks about the one before', async (t) => {
  const server = await build(t)
  const grace = await insertAccount(server, 'grace', 'admin')
  const anna = await insertAccount(server, 'anna', 'user')
  await login(server.app, grace, '192.0.2.7')
  await login(server.app, { ...grace, password: 'wrong' }, '192.0.2.8')
  await login(server.app, anna, '192.0.2.9')
  const browser = visitor(server.app)
  await browser.signIn(grace)
  const page = (await browser.get('/account')).payload
  t.strictSame(
    table(page, 'sign-ins').map(({ To, From }) => [To, From]),
    [
      ['these pages', '127.0.0.1'],
      ['the API', '192.0.2.7']
    ]
  )
  t.match(text(page), /Your sign-in before the latest: .* from 192\.0\.2\.7 \. Was that you\?/)
})
