// At least one enabled administrator always remains.

import t from 'tap'
import type { Account } from '../../plugins/auth/account-rows.ts'
import type { Accounts } from '../../plugins/auth/accounts.ts'
import { build } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'

t.test('when two administrators end each other at the same moment, one remains [F12, Q12]', async (t) => {
  const { accounts, second } = await buildTwoInstances(t)
  const ends = [
    (at: Accounts, id: number) => at.remove(id),
    (at: Accounts, id: number) => at.setDisabled(id, true),
    (at: Accounts, id: number) => at.setRoles(id, ['user'])
  ] as const
  for (let round = 0; round < 50; round++) {
    const [anna, berta] = [await administrator('anna'), await administrator('berta')]
    const endBerta = ends[round % 3] ?? ends[0]
    const endAnna = ends[Math.floor(round / 3) % 3] ?? ends[0]
    const results = await Promise.allSettled([endBerta(accounts, berta), endAnna(second.accounts, anna)])
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    t.match(refusals, [{ code: 'LAST_ADMINISTRATOR', statusCode: 409 }], `round ${round}`)
    t.equal(refusals.length, 1)
    t.equal((await administrators()).length, 1, 'one remains')
  }

  async function administrators(): Promise<Account[]> {
    return (await accounts.list()).filter(({ disabled, roles }) => !disabled && roles.includes('admin'))
  }

  /** Makes the account of this name an enabled administrator, and returns its id. */
  async function administrator(username: string): Promise<number> {
    const existing = (await accounts.list()).find((account) => account.username === username)
    const { id } = existing ?? (await accounts.add({ username, roles: [] }))
    await accounts.setRoles(id, ['admin'])
    await accounts.setDisabled(id, false)
    return id
  }
})

t.test('the last enabled administrator cannot be removed, disabled or given other roles [F12]', async (t) => {
  const { accounts } = await build(t)
  const { id } = await accounts.add({ username: 'boss', roles: ['admin', 'user'] })
  // Neither a disabled administrator counts, nor an account that is only called admin.
  const former = await accounts.add({ username: 'former', roles: ['admin'] })
  await accounts.setDisabled(former.id, true)
  await accounts.add({ username: 'admin', roles: ['user'] })

  const before = await accounts.list()
  for (const [name, change] of [
    ['removed', () => accounts.remove(id)],
    ['disabled', () => accounts.setDisabled(id, true)],
    ['without roles', () => accounts.setRoles(id, [])],
    ['as a user', () => accounts.setRoles(id, ['user'])]
  ] as const) {
    const error = await change().catch((error: unknown) => error)
    t.match(error, { code: 'LAST_ADMINISTRATOR', statusCode: 409 }, name)
  }
  t.strictSame(await accounts.list(), before, 'nothing has changed')

  await accounts.setRoles(id, ['admin'])
  await accounts.setDisabled(former.id, false)
  await accounts.remove(id)
  const names = (await accounts.list()).map(({ username }) => username)
  t.strictSame(names, ['admin', 'former'], 'once there is a second one, the first can be removed')
})
