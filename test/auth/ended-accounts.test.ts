// Tokens end with the account or the password that they were issued for.

import t from 'tap'
import { type Caller, signInAs } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import { assertRevoked, PASSWORD, readStatus, rotate } from '../support/tokens.ts'

const { app, accounts, signIn, second, instances } = await buildTwoInstances(t)

t.test('a new password, disabling and removal revoke every token of the account at once [C9]', async (t) => {
  const ends: [name: string, (caller: Caller) => Promise<unknown>][] = [
    ['changed', ({ password, put }) => put(PASSWORD, { old_password: password, new_password: 'a new long password' })],
    ['reset', ({ id }) => accounts.setPassword(id)],
    ['disabled', ({ id }) => accounts.setDisabled(id, true)],
    ['disabled and enabled', ({ id }) => accounts.setDisabled(id, true).then(() => accounts.setDisabled(id, false))],
    ['removed', ({ id }) => accounts.remove(id)]
  ]
  for (const [name, end] of ends) {
    const caller = await signIn('user')
    const otherLogin = await signInAs(second.app, caller)
    const child = await rotate(app, caller.refresh_token)
    const pairs = [caller, otherLogin, child]
    for (const pair of pairs) t.equal(await readStatus(app, pair.access_token), 200)
    await end(caller)
    await t.test(name, async (t) => {
      for (const pair of pairs) await assertRevoked(t, instances, pair)
    })
  }
})
