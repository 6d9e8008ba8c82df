// An administrator resets the password of a user: to a chosen one, or to a generated one.

import t from 'tap'
import { build, signInAs } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'
import { fieldErrors, redirectTarget, shownPassword } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { insertAccount, openAsAdministrator, PASSWORD } from './inserted-accounts.ts'

const server = await build(t)
const { app, accounts } = server
const admin = await openAsAdministrator(server)

t.test('a new password replaces the old one and ends all tokens [C9]', async (t) => {
  const anna = await insertAccount(server, 'anna', 'user')
  const caller = await signInAs(app, anna)
  const page = `/users/${anna.id}`

  const chosen = 'nine distant bells'
  t.equal(redirectTarget(await admin.submit(page, `${page}/password`, { password: chosen })), `${page}#password-notice`)
  const shown = (await admin.get(page)).payload
  t.match(text(shown), 'anna has a new password. All tokens and sessions have ended.')
  t.notMatch(shown, chosen, 'a chosen password is not shown')
  t.equal((await caller.get('/api/sample/')).statusCode, 401, 'the tokens have ended')
  t.equal(await loginStatus(app, 'anna', PASSWORD), 401)
  t.equal(await loginStatus(app, 'anna', chosen), 200)

  const generate = `${page}/password/generate`
  t.equal(redirectTarget(await admin.submit(generate, generate)), `${page}#password-notice`)
  const generated = shownPassword((await admin.get(page)).payload) ?? ''
  t.match(generated, /^[a-zA-Z2-9]{20}$/)
  t.equal(await loginStatus(app, 'anna', chosen), 401)
  t.equal(await loginStatus(app, 'anna', generated), 200)

  for (const password of [PASSWORD, chosen, generated]) {
    t.notMatch(server.log(), password, 'the log does not contain the password')
  }
})

t.test('a password that is not acceptable is rejected, and the old one and its tokens stay valid', async (t) => {
  const anna = await insertAccount(server, 'änna', 'user')
  const caller = await signInAs(app, anna)
  const before = await accounts.find(anna.id)
  const page = `/users/${anna.id}`
  for (const [password, error] of [
    ['', /is empty. Type one, or let the server generate one/],
    ['short', /must have at least 15 characters/],
    ['passwordpassword', /is too easy to guess/],
    ['hello Änna, how are you', /must not contain the user name/]
  ] as const) {
    const refused = await admin.submit(page, `${page}/password`, { password })
    t.equal(refused.statusCode, 400, password)
    t.match(fieldErrors(refused.payload), { password: error })
    t.notOk(password && refused.payload.includes(password), 'the page does not contain the password')
  }
  t.equal((await caller.get('/api/sample/')).statusCode, 200, 'the tokens still work')
  t.strictSame(await accounts.find(anna.id), before, 'the account is unchanged')
  t.equal(await loginStatus(app, 'änna', PASSWORD), 200)
})
