// Administrators cannot delete, disable or reset their own account.

import t from 'tap'
import { user } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'
import { formToken } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import { insertAccount, openAs, PASSWORD } from './inserted-accounts.ts'

t.test('no form deletes, disables or resets the account of its sender [F13]', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const own = await insertAccount(server, 'grace', 'admin')
  await insertAccount(server, 'colleague', 'admin')
  const admin = await openAs(server, own.id)
  const page = `/users/${own.id}`
  const html = (await admin.get(page)).payload
  const offered = forms(html).map(({ action }) => action)
  for (const action of ['delete', 'disable', 'password', 'password/generate']) {
    t.notOk(offered.includes(`${page}/${action}`), `the page does not offer ${action}`)
  }
  t.notMatch(html, `href="${page}/d`)
  t.notMatch(html, `href="${page}/password/generate"`)

  const _csrf = await formToken(admin)
  const before = await db.select().from(user)
  for (const [action, fields, message] of [
    ['delete', {}, 'You cannot delete your own account'],
    ['disable', { _seen: 'enabled admin' }, 'You cannot disable your own account'],
    ['password/generate', {}, 'You cannot reset the password of your own account'],
    ['password', { password: 'seven quiet lakes' }, 'You cannot reset the password of your own account']
  ] as const) {
    const refused = await admin.send('POST', `${page}/${action}`, { ...fields, _csrf })
    t.equal(refused.statusCode, 409, action)
    t.match(text(refused.payload), `Nothing was changed. ${message}`)
  }
  t.strictSame(await db.select().from(user), before)
  t.equal((await admin.get('/')).statusCode, 200)
  t.equal(await loginStatus(app, 'grace', PASSWORD), 200)
})
