// At least one enabled administrator remains, whatever the forms are asked to do.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { fillDemo } from '../../src/demo.ts'
import { user } from '../../src/tables/account.ts'
import { build, buildOn } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'
import { confirm, redirectTarget } from '../support/page-content.ts'
import { type Fields, forms, text } from '../support/pages.ts'
import { insertAccount, insertAccounts, openAs, PASSWORD } from './inserted-accounts.ts'

t.test('the last administrator cannot be deleted or disabled, or lose the role [F12]', async (t) => {
  const server = await build(t, { DEMO: 'true' })
  const { app, db, accounts } = server
  await fillDemo(db, app.passwords.hash)
  const [demo] = await db.select().from(user).where(eq(user.username, 'admin'))
  // Everybody knows the password of the demo's administrator, so this account does not count as an administrator. It can
  // therefore try to remove the last one.
  const stranger = await openAs(server, demo?.id ?? 0)
  const boss = await insertAccount(server, 'boss', 'admin', 'user')
  const own = await openAs(server, boss.id)
  const page = `/users/${boss.id}`
  const before = await accounts.list()

  for (const [browser, at, action, fields] of [
    [stranger, `${page}/delete`, `${page}/delete`, {}],
    [stranger, `${page}/disable`, `${page}/disable`, {}],
    [stranger, page, `${page}/roles`, { roles: ['user'] }],
    [own, page, `${page}/roles`, { roles: [] }],
    [own, page, `${page}/roles`, { roles: ['user'] }]
  ] as [typeof own, string, string, Fields][]) {
    const asked = await browser.submit(at, action, fields)
    const refused = asked.statusCode === 200 ? await confirm(browser, asked) : asked
    t.equal(refused.statusCode, 409, action)
    t.match(refused.headers['content-type'], 'text/html; charset=utf-8')
    t.match(text(refused.payload), 'Nothing was changed. This is the last enabled administrator.', action)
    t.ok(
      forms(refused.payload).some((form) => form.action === action),
      'the error is on the page of the form'
    )
  }
  t.strictSame(await accounts.list(), before)
  t.equal((await own.get('/')).statusCode, 200)

  const giveUpRole = async () => confirm(own, await own.submit(page, `${page}/roles`, { roles: ['user'] }))
  const second = await insertAccount(server, 'second', 'admin')
  await accounts.setDisabled(second.id, true)
  t.equal((await giveUpRole()).statusCode, 409, 'a disabled administrator does not count')
  await accounts.setDisabled(second.id, false)
  t.equal(redirectTarget(await giveUpRole()), '/login?role-removed', 'with a second administrator the role can go')
  t.equal(redirectTarget(await own.get('/')), '/login', 'without the role there are no pages')
  t.equal(await loginStatus(app, 'boss', PASSWORD), 200)
})

t.test('if two administrators delete each other at the same moment, one remains [F12]', async (t) => {
  const one = await build(t)
  const other = await buildOn(t, one.env)
  for (let round = 0; round < 50; round++) {
    await one.db.delete(user)
    const [anna = 0, berta = 0] = await insertAccounts(one.db, [`anna ${round}`, `berta ${round}`], ['admin'])
    const clicks = await Promise.all(
      [
        { server: one, id: anna, page: `/users/${berta}/delete` },
        { server: other, id: berta, page: `/users/${anna}/delete` }
      ].map(async ({ server, id, page }) => {
        const browser = await openAs(server, id)
        const { fields } = await browser.form(page, page)
        return () => browser.send('POST', page, fields)
      })
    )
    const responses = await Promise.all(clicks.map((click) => click()))
    const results = responses.map(({ statusCode, headers }) =>
      /^\/login/.test(headers.location ?? '') ? 'signed out' : statusCode
    )
    t.match(results.sort(), [302, /^(409|signed out)$/], `round ${round}: ${results}`)
    t.equal((await one.accounts.list()).length, 1, 'one remains')
  }
})
