// What the form that adds a user rejects, and how it shows the errors.

import t from 'tap'
import type { Account } from '../../plugins/auth/account-rows.ts'
import { build } from '../support/app.ts'
import { addUser, fieldErrors, formToken } from '../support/page-content.ts'
import { type Fields, forms, text } from '../support/pages.ts'
import { insertAccount, openAsAdministrator } from './inserted-accounts.ts'

const server = await build(t)
const { accounts } = server
const admin = await openAsAdministrator(server)
await insertAccount(server, 'änna', 'user')

const GOOD = 'seven quiet lakes'

t.test('an error is shown beside its field, and only the password must be typed again [F14, F15]', async (t) => {
  const before = await listWithoutLogins()
  const cases: [username: string, password: string, status: number, field: string, error: RegExp][] = [
    ['berta', 'short', 400, 'password', /must have at least 15 characters/],
    ['berta', 'passwordpassword', 400, 'password', /is too easy to guess/],
    ['berta', 'x'.repeat(20), 400, 'password', /is too easy to guess/],
    ['Berta', 'my name is BERTA, hello', 400, 'password', /must not contain the user name/],
    ['berta', 'seven quiet\0lakes', 400, 'password', /NUL/],
    ['berta', 'ab'.repeat(513), 400, 'password', /at most 1024 bytes/],
    ['', GOOD, 400, 'username', /must have 1 to 64 characters/],
    [' ', '', 400, 'username', /must have 1 to 64 characters/],
    ['x'.repeat(65), GOOD, 400, 'username', /must have 1 to 64 characters/],
    ['x'.repeat(1001), GOOD, 400, 'username', /at most 1000 characters/],
    ['ber\u200bta', GOOD, 400, 'username', /none of them invisible/],
    ['ber\0ta', GOOD, 400, 'username', /NUL/],
    ['änna', GOOD, 409, 'username', /User already exists/],
    [' ÄNNA', '', 409, 'username', /User already exists/],
    ['a\u0308ｎＮa', GOOD, 409, 'username', /User already exists/]
  ]
  for (const [username, password, status, field, error] of cases) {
    const name = `${JSON.stringify(username).slice(0, 20)} with ${JSON.stringify(password).slice(0, 25)}`
    const refused = await addUser(admin, { username, password, roles: ['user'] })
    t.equal(refused.statusCode, status, name)
    t.match(refused.headers['content-type'], 'text/html; charset=utf-8')
    t.match(fieldErrors(refused.payload), { [field]: error }, name)
    t.match(text(refused.payload), 'Nothing was changed.', name)
    if (password !== '') {
      t.notOk(refused.payload.includes(password.replace('\0', '')), `${name}: the page does not contain the password`)
    }
    const again = forms(refused.payload).find(({ action }) => action === '/users/new')
    t.hasStrict(again?.fields, { username, password: '', roles: 'user' }, `${name}: the other fields are filled in`)
  }
  t.strictSame(await listWithoutLogins(), before, 'no account was added or changed')
})

t.test('an error that is a whole sentence is shown without the label of its field', async (t) => {
  const taken = await addUser(admin, { username: 'änna', password: GOOD })
  t.strictSame(fieldErrors(taken.payload), { username: '✕ User already exists' })
  t.match(taken.payload, /<li><a href="#username">User already exists<\/a><\/li>/)
  t.notMatch(text(taken.payload), 'User name User already exists')

  const short = await addUser(admin, { username: 'berta', password: 'short' })
  t.strictSame(fieldErrors(short.payload), { password: '✕ Password must have at least 15 characters' })
  t.match(short.payload, /<li><a href="#password">Password must have at least 15 characters<\/a><\/li>/)
})

t.test('unknown roles, and missing, repeated or unknown fields, are rejected', async (t) => {
  const before = await listWithoutLogins()
  const _csrf = await formToken(admin)
  const cases: [body: Fields, error: RegExp][] = [
    [{ username: 'berta', password: '', roles: ['user', 'superuser'] }, /There is no role superuser/],
    [{ password: '' }, /User name (is required|must be)/],
    [{ username: ['berta', 'carla'], password: '' }, /User name (is required|must be)/],
    [{ username: 'berta', password: '', id: '1' }, /id is not a field that can be given here/],
    [{ username: 'berta', password: '', disabled: 'true' }, /disabled is not a field/],
    [{ username: 'berta', password: '', 'roles[]': 'admin' }, /is not a field/]
  ]
  for (const [body, error] of cases) {
    const refused = await admin.send('POST', '/users/new', { ...body, _csrf })
    t.equal(refused.statusCode, 400, JSON.stringify(body))
    t.match(text(refused.payload), error)
  }
  t.strictSame(await listWithoutLogins(), before, 'no account was added or changed')
})

async function listWithoutLogins(): Promise<Account[]> {
  return (await accounts.list()).map((account) => ({ ...account, last_login: null }))
}
