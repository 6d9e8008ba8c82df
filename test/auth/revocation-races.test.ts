// No token outlives a revocation that happens while the token is being issued.

import t from 'tap'
import { login_failure } from '../../src/tables/account.ts'
import { eventually, withToken } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import { addUser, login } from '../support/logins.ts'
import { AUTH, assert401, assertRevoked, type Pair, ROTATE, readStatus } from '../support/tokens.ts'

const { app, db, signIn, second, instances } = await buildTwoInstances(t)

t.test('no token issued while its family is blocked, logged out or removed works afterwards [C6, Q12]', async (t) => {
  const account = await addUser(app)
  let issuedInRaces = 0
  for (let round = 0; round < 50; round++) {
    const removes = round % 20 === 19
    const holder = removes ? await addUser(app) : account
    // Issued as a login does, without the cost of its hash.
    const token = await app.tokens.issue({ id: holder.id, credentials_version: 1 }, { address: '::1', user_agent: '' })
    const first = { access_token: app.signAccessToken(token), refresh_token: app.signRefreshToken(token) }
    const races = [0, 1, 2, 3].map((racer) => race(first, racer))
    for (let turn = 0; turn < round % 7; turn++) await new Promise(setImmediate)
    if (removes) await second.accounts.remove(holder.id)
    else if (round % 2) await second.app.tokens.block(token.jti, 'admin')
    else await withToken(second.app, 'DELETE', AUTH, first.refresh_token)
    const results = await Promise.all(races)

    const issued = results.flatMap((result) => result.issued)
    const uses = [first, ...issued].flatMap((pair, n) => [
      readStatus(instances[n % 2] ?? app, pair.access_token),
      withToken(app, 'POST', ROTATE, pair.refresh_token).then((response) => response.statusCode)
    ])
    t.strictSame([...new Set(await Promise.all(uses))], [401], `round ${round}`)
    const statuses = new Set(results.flatMap((result) => result.statuses))
    t.ok(
      [...statuses].every((status) => status === 200 || status === 401),
      `statuses during the race: ${[...statuses]}`
    )
    issuedInRaces += issued.length
  }
  t.ok(issuedInRaces >= 50, `tokens were issued in the races (${issuedInRaces})`)
})

t.test(
  'an account that is removed, disabled or given a new password during its login does not get in [C6]',
  async (t) => {
    const ends: [name: string, (id: number) => Promise<unknown>][] = [
      ['removed', (id) => second.accounts.remove(id)],
      ['disabled', (id) => second.accounts.setDisabled(id, true)],
      ['new password', (id) => second.accounts.setPassword(id)]
    ]
    const bystander = await signIn()
    for (const [name, end] of ends) {
      const account = await addUser(app)
      const counted = await db.$count(login_failure)
      const queue = Array.from({ length: 5 }, () =>
        login(app, { username: `nobody-${name}`, password: 'not the password' })
      )
      const attempt = login(app, account)
      await eventually(async () => ((await db.$count(login_failure)) === counted + 2 ? true : undefined))
      // When a later request has its response, the login has read the account, and its password waits to be checked.
      await withToken(app, 'GET', AUTH, bystander.refresh_token)
      const [response] = await Promise.all([attempt, end(account.id), ...queue])
      if (response.statusCode === 200) await assertRevoked(t, instances, response.json<Pair>())
      else assert401(t, name, response, { msg: 'Bad username or password', challenge: 'Bearer' })
    }
  }
)

/** Refreshes and rotates up to four times, and returns the pairs that this gave and the statuses of all responses. */
async function race(first: Pair, racer: number): Promise<{ issued: Pair[]; statuses: number[] }> {
  const server = instances[racer % 2] ?? app
  const issued: Pair[] = []
  const statuses: number[] = []
  let { refresh_token } = first
  for (let step = 0; step < 4; step++) {
    const refreshes = (racer + step) % 3 === 0
    const response = await withToken(server, refreshes ? 'GET' : 'POST', refreshes ? AUTH : ROTATE, refresh_token)
    statuses.push(response.statusCode)
    if (response.statusCode !== 200) break
    const { access_token = '', refresh_token: next = refresh_token } = response.json<Partial<Pair>>()
    issued.push({ access_token, refresh_token: next })
    refresh_token = next
  }
  return { issued, statuses }
}
