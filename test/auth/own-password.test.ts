// Users change their own password.

import t from 'tap'
import { withToken } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import { loginStatus } from '../support/logins.ts'
import { assertRevoked, PASSWORD, RESOURCE } from '../support/tokens.ts'

const { app, signIn, second, instances } = await buildTwoInstances(t)

t.test('the old password is needed to set a new one, which revokes every token of the account [A15]', async (t) => {
  const caller = await signIn('user')
  const new_password = 'a new and long password'
  const wrong = await caller.put(PASSWORD, { old_password: 'not the old one', new_password })
  t.equal(wrong.statusCode, 403)
  t.equal((await caller.get(RESOURCE)).statusCode, 200, 'nothing has changed')

  const changed = await caller.put(PASSWORD, { old_password: caller.password, new_password })
  t.equal(changed.statusCode, 200)
  t.strictSame(changed.json(), { msg: 'Password changed' })
  t.equal(await loginStatus(app, caller.username, caller.password), 401)
  t.equal(await loginStatus(app, caller.username, new_password), 200)
  await assertRevoked(t, instances, caller)
})

t.test('only an access token lets a user change the password [A15]', async (t) => {
  const caller = await signIn('user')
  t.equal((await app.inject({ method: 'PUT', url: PASSWORD, payload: {} })).statusCode, 401, 'no token')
  t.equal((await withToken(app, 'PUT', PASSWORD, caller.refresh_token)).statusCode, 401, 'a refresh token')
})

t.test("an administrator's reset wins over a change that the owner makes at the same time [A15, C9, L5]", async (t) => {
  for (let round = 0; round < 5; round++) {
    const caller = await signIn('user')
    const change = caller.put(PASSWORD, { old_password: caller.password, new_password: 'the password of a thief' })
    const reset = second.accounts.setPassword(caller.id)
    const [, password] = await Promise.all([change, reset])
    t.equal(await loginStatus(app, caller.username, password), 200, "the administrator's password works")
    t.equal(await loginStatus(app, caller.username, 'the password of a thief'), 401, 'the other does not')
  }
})
