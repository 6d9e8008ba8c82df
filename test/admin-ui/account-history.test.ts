// Who gave whom which role, and every other change of an account, is recorded with the change and shown on the user's page.

import { asc } from 'drizzle-orm'
import t from 'tap'
import { account_event } from '../../src/tables/account.ts'
import { build, execute } from '../support/app.ts'
import { confirm } from '../support/page-content.ts'
import { text, visitor } from '../support/pages.ts'

t.test('each change by an administrator is in the history, with its author and what was before [L18]', async (t) => {
  const { app, db, accounts } = await build(t)
  const grace = visitor(app)
  const { id: graceId, ...credentials } = await accounts.add({ username: 'grace', roles: ['admin'] })
  await grace.signIn(credentials)
  const { _csrf = '' } = (await grace.form('/roles', '/roles')).fields
  await grace.send('POST', '/users/new', { _csrf, username: 'anna', password: '', roles: ['user'] })
  const id = await accounts.idOf('anna')
  const page = `/users/${id}`
  await confirm(grace, await grace.submit(page, `${page}/roles`, { roles: ['admin', 'user'] }))
  await grace.submit(`${page}/password/generate`, `${page}/password/generate`)
  await grace.submit(`${page}/disable`, `${page}/disable`)
  await grace.submit(page, `${page}/enable`)
  await grace.submit('/roles', '/roles', { name: 'night-shift' })

  const history = text((await grace.get(page)).payload).split('History')[1] ?? ''
  for (const words of ['roles changed user admin, user grace', 'password changed', 'account disabled', 'account added'])
    t.match(history, words)

  await grace.submit(`${page}/delete`, `${page}/delete`)
  const events = (await db.select().from(account_event).orderBy(asc(account_event.id))).slice(1)
  const by = { actor: 'grace', actor_id: graceId, address: '127.0.0.1' }
  const anna = { ...by, account_id: id, account_name: 'anna' }
  t.match(events, [
    { ...anna, action: 'account added', before: null, after: 'user' },
    { ...anna, action: 'roles changed', before: 'user', after: 'admin, user' },
    { ...anna, action: 'password changed', before: null, after: null },
    { ...anna, action: 'account disabled' },
    { ...anna, action: 'account enabled' },
    { ...by, action: 'role added', account_id: null, after: 'night-shift' },
    { ...anna, action: 'account deleted', before: 'admin, user' }
  ])
  t.equal(events.length, 7)
  const passwords = /password_hash|argon2|\$argon/
  t.notMatch(JSON.stringify(events), passwords)
})

t.test(
  'a change that is refused or undone leaves no event, and no event can be changed or removed [L18]',
  async (t) => {
    const { db, accounts } = await build(t)
    const { id } = await accounts.add({ username: 'grace', roles: ['admin'] })
    const count = async () => (await db.select().from(account_event)).length
    t.equal(await count(), 1)
    await t.rejects(accounts.setRoles(id, ['user']), { code: 'LAST_ADMINISTRATOR' })
    await t.rejects(accounts.setRoles(id, ['admin', 'nobody-has-this']), { code: 'INVALID_INPUT' })
    await t.rejects(accounts.add({ username: 'grace', roles: [] }))
    t.equal(await count(), 1)
    for (const statement of ["update account_event set actor = 'nobody'", 'delete from account_event'])
      await t.rejects(execute(db, statement), statement)
    t.equal(await count(), 1)
  }
)

t.test('what is done to tokens and sessions is recorded too, by the owner as well [L18]', async (t) => {
  const { app, db, accounts, signIn } = await build(t)
  const grace = visitor(app)
  await grace.signIn(await accounts.add({ username: 'grace', roles: ['admin'] }))
  const user = await signIn('user')
  const page = `/users/${user.id}`
  await grace.submit(`${page}/sign-out`, `${page}/sign-out`)
  const again = (
    await app.inject({
      method: 'POST',
      url: '/api/auth/',
      payload: { username: user.username, password: user.password }
    })
  ).json()
  const body = { old_password: user.password, new_password: 'seven quiet otters' }
  const headers = { authorization: `Bearer ${again.access_token}` }
  const changed = await app.inject({ method: 'PUT', url: '/api/auth/password', headers, payload: body })
  t.equal(changed.statusCode, 200)
  const events = (await db.select().from(account_event).orderBy(asc(account_event.id))).slice(-3)
  t.match(events, [
    { action: 'all tokens blocked', actor: 'grace', account_name: user.username },
    { action: 'sessions ended', actor: 'grace', account_name: user.username },
    { action: 'password changed', actor: user.username, actor_id: user.id, account_id: user.id }
  ])
})
