// A form that has been accepted can still wait, for a password to be hashed for example. If its sender loses their access
// before the change is committed, nothing is changed.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { session, user } from '../../src/tables/account.ts'
import { build, signInAs, withToken } from '../support/app.ts'
import { login } from '../support/logins.ts'
import { addUser, formToken, redirectTarget } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { jtiOf } from '../support/tokens.ts'
import { addAdministrator, PASSWORD, signInOnPage, unique } from './administrators.ts'
import { addTarget, formState } from './form-targets.ts'

const { accounts, db, env } = await build(t)
/** What happens to the sender of a form after it was accepted, right before its handler runs. */
let loseAccess: (() => Promise<unknown>) | undefined
const app = createApp(loadConfig(env))
app.addHook('preHandler', async () => {
  await loseAccess?.()
})
await app.ready()
t.teardown(() => app.close())
await addAdministrator(db) // stays, so that the others can lose the role

const NEW_PASSWORD = 'another long and quiet evening'
/** The fields of forms that have any. */
const FIELDS: Record<string, Record<string, string>> = {
  '/users/new': { username: 'intruder', password: NEW_PASSWORD, roles: 'admin' },
  '/account/password': { old_password: PASSWORD, new_password: NEW_PASSWORD, repeated_password: NEW_PASSWORD },
  '/roles': { name: 'intruder' },
  '/users/:id/password': { password: NEW_PASSWORD },
  '/users/:id/disable': { _seen: 'enabled admin user' },
  '/users/:id/enable': { _seen: 'enabled admin user' },
  '/users/:id/roles': { roles: 'user', seen: 'enabled admin user' }
}

t.test('no form changes anything once its sender has lost their access [L5, F11]', async (t) => {
  const target = await addTarget(app)
  const paths = app
    .routePolicies()
    .filter(({ session, method }) => session && method === 'POST')
    .map(({ path }) => path)
    .filter((path) => !['/login', '/login/resume', '/logout'].includes(path))
  t.ok(paths.length >= 18)
  const ways: Record<string, (id: number) => Promise<unknown>> = {
    disabled: (id) => accounts.setDisabled(id, true),
    'without the role': (id) => accounts.setRoles(id, ['user']),
    'with a new password': (id) => accounts.setPassword(id, NEW_PASSWORD),
    'without the session': (id) => db.delete(session).where(eq(session.user_id, id))
  }
  for (const [way, lose] of Object.entries(ways)) {
    for (const path of paths) {
      const sender = await addAdministrator(db)
      const browser = await signInOnPage(app, sender)
      const _csrf = await formToken(browser)
      let before: unknown[] = []
      loseAccess = async () => {
        await lose(sender.id)
        before = await formState(db)
      }
      const refused = await browser.send('POST', target.url(path), {
        _csrf,
        ...FIELDS[path],
        ...(path.startsWith('/chosen-users') && { id: String(target.id) })
      })
      loseAccess = undefined
      if (refused.statusCode === 403) t.match(text(refused.payload), 'Old password is wrong', `${way}: ${path}`)
      else t.equal(redirectTarget(refused), '/login?ended', `${way}: ${path}`)
      t.strictSame(await formState(db), before, 'no row has changed')
    }
  }
})

t.test('an administrator who is disabled while a new password is hashed adds no account [L5]', async (t) => {
  const sender = await addAdministrator(db)
  const browser = await signInOnPage(app, sender)
  const bystander = await signInOnPage(app, await addAdministrator(db))
  const _csrf = await formToken(browser)
  const names = async () => (await db.select({ name: user.username }).from(user)).map(({ name }) => name)
  // All passwords wait in one queue.
  const queue = Array.from({ length: 20 }, () => app.passwords.hash(PASSWORD))
  const username = unique('backdoor')
  const form = browser.send('POST', '/users/new', { _csrf, username, password: NEW_PASSWORD, roles: 'admin' })
  await bystander.get('/account') // is answered after the form was accepted
  await accounts.setDisabled(sender.id, true)
  t.notOk((await names()).includes(username), 'the form still waits')
  t.equal(redirectTarget(await form), '/login?ended')
  await Promise.all(queue)
  t.notOk((await names()).includes(username))
})

t.test('a password is not changed over the API once the token is blocked [L5, C3]', async (t) => {
  const account = await addAdministrator(db)
  const caller = await signInAs(app, account)
  loseAccess = () => app.tokens.block(jtiOf(caller.refresh_token), 'admin')
  const refused = await caller.put('/api/auth/password', { old_password: PASSWORD, new_password: NEW_PASSWORD })
  loseAccess = undefined
  t.match(refused.json(), { statusCode: 401, code: 'TOKEN_REVOKED' })
  t.equal((await login(app, account)).statusCode, 200, 'the old password still works')
  t.equal((await withToken(app, 'GET', '/api/auth/', caller.refresh_token)).statusCode, 401)
})

t.test('the same forms work for those who keep their access', async (t) => {
  const browser = await signInOnPage(app, await addAdministrator(db))
  const username = unique('anna')
  t.match(await addUser(browser, { username, roles: 'admin' }), { statusCode: 302 })
  t.ok((await accounts.list()).some((account) => account.username === username))
})
