// Disabling an account and enabling it again.

import t from 'tap'
import { build, signInAs, withToken } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'
import { redirectTarget } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { insertAccount, openAsAdministrator, PASSWORD } from './inserted-accounts.ts'

t.test('a disabled user cannot log in; enabling does not bring back old tokens [C9, C10]', async (t) => {
  const server = await build(t)
  const { app } = server
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna')
  const page = `/users/${anna.id}`
  const caller = await signInAs(app, anna)
  const refreshStatus = async () => (await withToken(app, 'GET', '/api/auth/', caller.refresh_token)).statusCode

  t.match(text((await admin.get(page)).payload), 'State ● enabled')
  const button = await admin.form(`${page}/disable`, `${page}/disable`)
  for (const click of ['a click', 'a second click on the same button']) {
    t.equal(redirectTarget(await admin.send('POST', `${page}/disable`, button.fields)), page, click)
    t.match(text((await admin.get(page)).payload), 'State ○ disabled', click)
  }
  t.equal(await loginStatus(app, 'anna', PASSWORD), 401)
  t.equal(await refreshStatus(), 401)

  t.equal(redirectTarget(await admin.submit(page, `${page}/enable`)), page)
  t.match(text((await admin.get(page)).payload), 'State ● enabled')
  t.equal(await loginStatus(app, 'anna', PASSWORD), 200)
  t.equal(await refreshStatus(), 401, 'the old token has ended for good')
})
