// The boxes with roles on the forms: what they change, and what a rejected form shows again.

import t from 'tap'
import { addRole } from '../../plugins/admin-ui/role-list.ts'
import { build } from '../support/app.ts'
import { addUser, confirm, redirectTarget } from '../support/page-content.ts'
import { forms, visitor } from '../support/pages.ts'
import { insertAccount, openAsAdministrator } from './inserted-accounts.ts'

const server = await build(t)
const { app, db } = server
const admin = await openAsAdministrator(server)
await addRole(db, 'admin-assistant')

t.test('a user who gets the role admin sees the pages, and loses them with the role [F11]', async (t) => {
  const anna = await insertAccount(server, 'anna', 'user')
  const page = `/users/${anna.id}`
  const asked = await admin.submit(page, `${page}/roles`, { roles: ['user', 'admin'] })
  t.equal(redirectTarget(await confirm(admin, asked)), `${page}#roles-notice`)
  t.same((await admin.form(page, `${page}/roles`)).fields.roles, ['admin', 'user'])
  const colleague = visitor(app)
  await colleague.signIn(anna)
  t.equal((await colleague.get('/')).statusCode, 200)

  t.equal(redirectTarget(await admin.submit(page, `${page}/roles`, { roles: [] })), `${page}#roles-notice`)
  t.equal((await admin.form(page, `${page}/roles`)).fields.roles, undefined)
  t.equal(redirectTarget(await colleague.get('/')), '/login')
})

t.test('a rejected form shows the same boxes checked as it was sent with', async (t) => {
  for (const roles of [[], ['admin-assistant'], ['admin-assistant', 'user']]) {
    const refused = await addUser(admin, { username: 'berta', password: 'short', roles })
    t.equal(refused.statusCode, 400)
    t.strictSame([checkedBoxes(refused.payload, '/users/new') ?? []].flat(), roles, `adding with ${roles}`)
  }

  const carla = await insertAccount(server, 'carla', 'user')
  const page = `/users/${carla.id}`
  for (const [roles, checked] of [
    [['gone'], []],
    [['admin-assistant', 'gone'], 'admin-assistant'],
    ['gone', []]
  ] as [string | string[], string | string[]][]) {
    const refused = await admin.submit(page, `${page}/roles`, { roles })
    t.equal(refused.statusCode, 400)
    t.strictSame(checkedBoxes(refused.payload, `${page}/roles`) ?? [], checked, `changing to ${roles}`)
  }
  const refused = await admin.submit(page, `${page}/password`, { password: 'short' })
  t.strictSame(checkedBoxes(refused.payload, `${page}/roles`), 'user', 'another form leaves the boxes as they are')
})

function checkedBoxes(html: string, action: string): string | string[] | undefined {
  return forms(html).find((form) => form.action === action && form.method === 'post')?.fields.roles
}
