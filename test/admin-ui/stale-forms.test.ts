// Two tabs on one user: a form that shows what is no longer true changes nothing, and shows both.

import t from 'tap'
import { addRole } from '../../plugins/admin-ui/role-list.ts'
import { build } from '../support/app.ts'
import { confirm, redirectTarget } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import { insertAccount, openAsAdministrator } from './inserted-accounts.ts'

const server = await build(t)
const { accounts, db } = server
const admin = await openAsAdministrator(server)
for (const name of ['day-shift', 'night-shift']) await addRole(db, name)

t.test('a tab that shows old roles loses none that were given meanwhile, and says what has changed', async (t) => {
  const anna = await insertAccount(server, 'anna', 'user')
  const page = `/users/${anna.id}`
  const [one, two] = [await admin.form(page, `${page}/roles`), await admin.form(page, `${page}/roles`)]
  const first = await admin.send('POST', one.action, { ...one.fields, roles: ['user', 'day-shift'] })
  t.equal(redirectTarget(first), `${page}#roles-notice`)

  const refused = await admin.send('POST', two.action, { ...two.fields, roles: ['night-shift'] })
  t.equal(refused.statusCode, 409)
  t.match(text(refused.payload), 'Nothing was changed. This account has been changed in the meantime.')
  t.match(
    text(refused.payload),
    'The form showed enabled, with the role user It is now enabled, with the roles day-shift, user'
  )
  t.strictSame((await accounts.find(anna.id)).roles, ['day-shift', 'user'])

  const again = forms(refused.payload).find(({ action }) => action === two.action)
  t.strictSame(again?.fields.roles, ['day-shift', 'night-shift'], 'the boxes have both changes')
  await admin.send('POST', two.action, again?.fields ?? {})
  t.strictSame((await accounts.find(anna.id)).roles, ['day-shift', 'night-shift'])
  t.equal((await admin.send('POST', two.action, again?.fields ?? {})).statusCode, 302, 'a second click does no harm')
})

t.test('a stale tab does not enable, disable, or give roles to an account in another state', async (t) => {
  const berta = await insertAccount(server, 'berta', 'user')
  const page = `/users/${berta.id}`
  const roles = await admin.form(page, `${page}/roles`)
  const disable = await admin.form(`${page}/disable`, `${page}/disable`)
  await accounts.setDisabled(berta.id, true)
  const enable = await admin.form(page, `${page}/enable`)
  const late = await admin.send('POST', roles.action, { ...roles.fields, roles: ['user', 'day-shift'] })
  t.equal(late.statusCode, 409)
  t.match(text(late.payload), 'It is now disabled, with the role user')
  const asking = await admin.send('POST', roles.action, { ...roles.fields, roles: ['admin'] })
  t.equal(asking.statusCode, 409, 'it is not asked about the role admin first')

  await accounts.setRoles(berta.id, ['admin'])
  t.equal((await admin.send('POST', enable.action, enable.fields)).statusCode, 409)
  t.ok((await accounts.find(berta.id)).disabled)
  await accounts.setDisabled(berta.id, false)
  const refused = await admin.send('POST', disable.action, disable.fields)
  t.equal(refused.statusCode, 409)
  t.match(text(refused.payload), 'Disable berta?', 'the question is there again')
  t.match(text(refused.payload), 'The form showed enabled, with the role user It is now enabled, with the role admin')
  t.notOk((await accounts.find(berta.id)).disabled)
})

t.test(
  'what was asked about is what is done: roles that change while the question is open are not overwritten',
  async (t) => {
    const carla = await insertAccount(server, 'carla', 'user')
    const page = `/users/${carla.id}`
    const asked = await admin.submit(page, `${page}/roles`, { roles: ['admin', 'user'] })
    await accounts.setRoles(carla.id, ['day-shift', 'user'])
    t.equal((await confirm(admin, asked)).statusCode, 409)
    t.strictSame((await accounts.find(carla.id)).roles, ['day-shift', 'user'])
  }
)
