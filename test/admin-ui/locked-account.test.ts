// The page of a user whose account is locked by wrong passwords.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { login_failure } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { login } from '../support/logins.ts'
import { redirectTarget } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { insertAccount, openAsAdministrator } from './inserted-accounts.ts'

t.test('the page says for whom an account is locked and until when, and unlocks it [L6]', async (t) => {
  const server = await build(t, { LOGIN_FAILURES: '2' })
  const { app, db } = server
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna', 'user')
  const page = `/users/${anna.id}`
  const status = async (password: string, address: string) =>
    (await login(app, { ...anna, password }, address)).statusCode

  t.notMatch(text((await admin.get(page)).payload), 'locked')
  for (const address of ['192.0.2.1', '2001:db8::1']) {
    for (let n = 0; n < 2; n++) await status('wrong password', address)
  }
  t.equal(await status(anna.password, '192.0.2.1'), 429)
  const shown = text((await admin.get(page)).payload)
  t.match(
    shown,
    /This account is locked until \d+ [A-Z]\w\w \d{4}, \d\d:\d\d.* for 192\.0\.2\.1, 2001:db8:0:0::, after too many/
  )

  t.equal(redirectTarget(await admin.submit(page, `${page}/unlock`)), page)
  t.match(text((await admin.get(page)).payload), 'The account was unlocked.')
  t.notMatch(text((await admin.get(page)).payload), /\blocked/)
  t.equal(await status(anna.password, '192.0.2.1'), 200)

  await status('wrong password', '192.0.2.1')
  await db.update(login_failure).set({ failures: 100 }).where(eq(login_failure.user_id, anna.id))
  t.match(text((await admin.get(page)).payload), /locked until .*\. .* Nobody can sign in with it/)
})

t.test('a form to unlock an account that was deleted gets 404 [L6]', async (t) => {
  const server = await build(t)
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna', 'user')
  const { fields } = await admin.form(`/users/${anna.id}`, '/logout')
  await server.accounts.remove(anna.id)
  t.equal((await admin.send('POST', `/users/${anna.id}/unlock`, fields)).statusCode, 404)
})
