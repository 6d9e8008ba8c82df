// Adding and changing accounts, also from two instances at once.

import t from 'tap'
import { databaseFailure } from '../../src/database/failures.ts'
import { build } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'

t.test('when two instances add the same name at the same time, one succeeds with its own roles [F14]', async (t) => {
  const { accounts, second } = await buildTwoInstances(t)
  for (let round = 0; round < 10; round++) {
    const results = await Promise.allSettled([
      accounts.add({ username: `Twin ${round}`, roles: ['user'] }),
      second.accounts.add({ username: `ｔwin ${round}`, roles: ['admin'] })
    ])
    const failed = results.filter((result) => result.status === 'rejected')
    t.strictSame(
      failed.map((result) => databaseFailure(result.reason)),
      ['unique'],
      `round ${round}`
    )
    const [account, ...rest] = (await accounts.list()).filter(({ username }) => username === `twin ${round}`)
    t.strictSame(account?.roles, results[0].status === 'fulfilled' ? ['user'] : ['admin'])
    t.strictSame(rest, [], 'the other left nothing')
  }
})

t.test('an unknown role or an unknown account changes nothing', async (t) => {
  const { accounts } = await build(t)
  const unknownRole = { code: 'INVALID_INPUT', statusCode: 400, message: /no role superuser/ }
  const add = accounts.add({ username: 'anna', roles: ['user', 'superuser'] })
  t.match(await add.catch((error: unknown) => error), unknownRole)
  t.strictSame(await accounts.list(), [])

  const { id } = await accounts.add({ username: 'anna', roles: ['user', 'user'] })
  t.match(await accounts.setRoles(id, ['superuser']).catch((error: unknown) => error), unknownRole)
  t.match(await accounts.list(), [{ roles: ['user'] }])
  for (const change of [
    () => accounts.remove(id + 1),
    () => accounts.setDisabled(id + 1, true),
    () => accounts.setRoles(id + 1, [])
  ]) {
    t.match(await change().catch((error: unknown) => error), { code: 'NOT_FOUND', statusCode: 404 })
  }
})
