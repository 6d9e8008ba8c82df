// From the page of a user, the way back leads to the list as it was.

import t from 'tap'
import { build } from '../support/app.ts'
import { link } from '../support/page-content.ts'
import { insertAccount, openAsAdministrator } from './inserted-accounts.ts'

t.test('the link back keeps the search of the list, also after a change and for each browser', async (t) => {
  const server = await build(t)
  const admin = await openAsAdministrator(server)
  const other = await openAsAdministrator(server, 'colleague')
  const anna = await insertAccount(server, 'anna', 'user')
  const page = `/users/${anna.id}`
  t.equal(link((await admin.get(page)).payload, 'Users'), '/')
  await admin.get('/?q=an')
  t.equal(link((await admin.get(page)).payload, 'Users, “an”'), '/?q=an')
  await admin.submit(page, `${page}/roles`, { roles: [] })
  t.equal(link((await admin.get(page)).payload, 'Users, “an”'), '/?q=an')
  t.equal(link((await other.get(page)).payload, 'Users'), '/')
  for (const hostile of ['//evil.test/?q=an', 'https://evil.test/', '/account?q=an', 'javascript:alert(1)']) {
    admin.cookies.set('list', encodeURIComponent(hostile))
    t.equal(link((await admin.get(page)).payload, 'Users'), '/', hostile)
  }
  await admin.get('/?q=an')
  await admin.get('/')
  t.equal(link((await admin.get(page)).payload, 'Users'), '/')
})
