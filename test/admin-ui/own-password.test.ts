// Administrators change their own password on the page "Your account".

import t from 'tap'
import { build, signInAs, withToken } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'
import { fieldErrors, redirectTarget, table } from '../support/page-content.ts'
import { text, type Visitor, visitor } from '../support/pages.ts'
import { jtiOf } from '../support/tokens.ts'
import { insertAccount, openAs, PASSWORD } from './inserted-accounts.ts'

const NEW_PASSWORD = 'seven quiet lakes'

t.test('a wrong old password or a bad new one is rejected beside its field, and changes nothing [A15]', async (t) => {
  const server = await build(t)
  const { app } = server
  const grace = await insertAccount(server, 'grace', 'admin')
  const browser = await openAs(server, grace.id)
  const elsewhere = await openAs(server, grace.id)
  const caller = await signInAs(app, grace)
  const page = (await browser.get('/account')).payload
  t.match(text(page), /Name grace Roles admin/)
  t.strictSame(
    table(page, 'devices')
      .map(({ By }) => By)
      .sort(),
    ['API token', 'web session', 'web session']
  )

  for (const [old, chosen, status, field, error] of [
    ['wrong horse', NEW_PASSWORD, 403, 'old_password', /is wrong/],
    ['', NEW_PASSWORD, 403, 'old_password', /is wrong/],
    [PASSWORD, 'short', 400, 'new_password', /must have at least 15 characters/],
    [PASSWORD, 'passwordpassword', 400, 'new_password', /is too easy to guess/],
    [PASSWORD, 'this is GRACE speaking', 400, 'new_password', /must not contain the user name/]
  ] as const) {
    const refused = await changePassword(browser, old, chosen)
    t.equal(refused.statusCode, status, chosen)
    t.strictSame(Object.keys(fieldErrors(refused.payload)), [field], 'only this field has an error')
    t.match(fieldErrors(refused.payload), { [field]: error })
    for (const typed of [old, chosen]) t.notOk(typed && refused.payload.includes(typed))
  }
  t.equal((await caller.get('/api/auth/')).statusCode, 401, 'an access token is not a refresh token')
  t.equal((await withToken(app, 'GET', '/api/auth/', caller.refresh_token)).statusCode, 200, 'the token still works')
  t.equal((await elsewhere.get('/')).statusCode, 200, 'the other session is still open')
})

t.test('a new password ends all tokens and other sessions, and this session gets a new id [A15, C9]', async (t) => {
  const server = await build(t)
  const { app } = server
  const grace = await insertAccount(server, 'grace', 'admin')
  const browser = await openAs(server, grace.id)
  const elsewhere = await openAs(server, grace.id)
  const caller = await signInAs(app, grace)

  const oldCookie = String(browser.cookies.get('session'))
  t.equal(redirectTarget(await changePassword(browser, PASSWORD, NEW_PASSWORD)), '/account#password-notice')
  t.not(browser.cookies.get('session'), oldCookie, 'the session continues under a new id')
  const page = (await browser.get('/account')).payload
  t.match(text(page), 'Your password was changed. Your tokens and your other sessions have ended.')
  t.match(table(page, 'devices'), [{ Device: /this session/ }, { Device: jtiOf(caller.refresh_token), State: /ended/ }])

  const holder = visitor(app)
  holder.cookies.set('session', oldCookie)
  t.equal(redirectTarget(await holder.get('/')), '/login', 'the old id does not work')
  t.equal(redirectTarget(await elsewhere.get('/')), '/login')
  for (const [url, token] of [
    ['/api/auth/', caller.refresh_token],
    ['/api/sample/', caller.access_token]
  ] as const) {
    t.equal((await withToken(app, 'GET', url, token)).statusCode, 401, url)
  }
  t.equal(await loginStatus(app, 'grace', PASSWORD), 401)
  t.equal(await loginStatus(app, 'grace', NEW_PASSWORD), 200)
})

t.test('wrong old passwords count as failed logins of this account only [A5, A15]', async (t) => {
  const server = await build(t, { LOGIN_FAILURES: '3' })
  const { app } = server
  const grace = await insertAccount(server, 'grace', 'admin')
  await insertAccount(server, 'anna', 'user')
  const browser = await openAs(server, grace.id)

  const guess = async () => (await changePassword(browser, 'a guess', PASSWORD)).statusCode
  t.strictSame([await guess(), await guess()], [403, 403])
  const changed = await changePassword(browser, PASSWORD, NEW_PASSWORD)
  t.equal(redirectTarget(changed), '/account#password-notice', 'the right password resets the count')

  t.strictSame([await guess(), await guess(), await guess()], [403, 403, 403])
  const refused = await changePassword(browser, NEW_PASSWORD, PASSWORD)
  t.equal(refused.statusCode, 429)
  t.match(text(refused.payload), 'Too many failed logins for this account. Try again in 15 minutes.')
  const wait = Number(refused.headers['retry-after'])
  t.ok(wait > 0 && wait <= 900, `Retry-After is ${wait} s`)
  t.equal(await loginStatus(app, 'grace', NEW_PASSWORD), 429, 'logins are rejected, too')
  t.equal(await loginStatus(app, 'anna', PASSWORD), 200)
  t.equal((await browser.get('/account')).statusCode, 200, 'the session continues')
})

async function changePassword(
  browser: Visitor,
  old_password: string,
  new_password: string,
  repeated_password = new_password
) {
  return await browser.submit('/account', '/account/password', {
    old_password,
    new_password,
    repeated_password
  })
}
