// Deleting a role, and forms that still offer it.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { role } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { addUserForm, formToken, redirectTarget, table } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import { insertAccount, openAs } from './inserted-accounts.ts'

const server = await build(t)
const { db, accounts } = server
const admin = await openAs(server, (await insertAccount(server, 'grace', 'admin', 'user')).id)
const anna = await insertAccount(server, 'anna', 'user')
const page = `/users/${anna.id}`

t.test('a role that the server needs or a user has cannot be deleted', async (t) => {
  await admin.submit('/roles', '/roles', { name: 'nurse' })
  const all = (await db.select().from(role)).length
  await admin.submit(page, `${page}/roles`, { roles: ['nurse'] })

  const html = (await admin.get('/roles')).payload
  t.hasStrict(rowOf(html, 'nurse'), { Role: 'nurse', Users: '1' })
  t.strictSame(
    forms(html).filter(({ action }) => action.endsWith('/delete')),
    [],
    'no role has a button to delete it'
  )
  const _csrf = await formToken(admin)
  for (const [name, message] of [
    ['nurse', 'Some users still have this role'],
    ['admin', 'The server or one of its routes needs this role'],
    ['user', 'The server or one of its routes needs this role']
  ] as const) {
    const refused = await admin.send('POST', `/roles/${await idOf(name)}/delete`, { _csrf })
    t.equal(refused.statusCode, 409, name)
    t.match(text(refused.payload), `Nothing was changed. ${message}`)
    t.equal(table(refused.payload).length, all)
    t.ok(['admin', 'nurse', 'user'].every((one) => rowOf(refused.payload, one)))
  }
  await admin.submit(page, `${page}/roles`, { roles: [] })
})

t.test('after a role was deleted, forms that still offer it are rejected', async (t) => {
  await admin.submit('/roles', '/roles', { name: 'porter' })
  const stale = { add: await addUserForm(admin), change: await admin.form(page, `${page}/roles`) }
  const before = await accounts.list()

  const remove = `/roles/${await idOf('porter')}/delete`
  const { fields } = await admin.form('/roles', remove)
  t.equal(redirectTarget(await admin.submit('/roles', remove)), '/roles')
  t.match(text((await admin.get('/roles')).payload), 'The role porter was deleted.')
  t.equal((await admin.send('POST', remove, fields)).statusCode, 404, 'a second click finds no role')

  for (const [action, staleFields] of [
    ['/users/new', { ...stale.add.fields, username: 'berta' }],
    [`${page}/roles`, stale.change.fields]
  ] as const) {
    const refused = await admin.send('POST', action, { ...staleFields, roles: ['user', 'porter'] })
    t.equal(refused.statusCode, 400, action)
    t.match(text(refused.payload), 'Nothing was changed. There is no role porter')
    t.notMatch(refused.payload, 'value="porter"')
  }
  t.strictSame(await accounts.list(), before)
  t.strictSame(
    before.map(({ username, roles }) => [username, roles]),
    [
      ['anna', []],
      ['grace', ['admin', 'user']]
    ]
  )
})

function rowOf(html: string, name: string): Record<string, string> | undefined {
  return table(html).find(({ Role }) => Role === name)
}

async function idOf(name: string): Promise<number | undefined> {
  const [found] = await db.select().from(role).where(eq(role.name, name))
  return found?.id
}
