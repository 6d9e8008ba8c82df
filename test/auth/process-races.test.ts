// Another process takes access away while many connections use it: no request that begins after the change is acknowledged
// succeeds. The server keeps what it has read about tokens as long as the database does not change.

import t from 'tap'
import { createAccounts } from '../../plugins/auth/accounts.ts'
import { createPasswords } from '../../plugins/auth/passwords.ts'
import { createTokens } from '../../plugins/auth/tokens.ts'
import { loadConfig } from '../../src/config.ts'
import { startServer } from '../support/process.ts'
import { login, production, type Tokens } from '../support/production.ts'

const ROUNDS = 50
const CONNECTIONS = 32

t.test('what another process takes away is gone for every request that begins afterwards [C4, C9, D3]', async (t) => {
  const { env, db, account } = await production(t)
  const server = await startServer(t, { ...env, LOGIN_RATE_LIMIT: '100000', RATE_LIMIT: '1000000' })
  const config = loadConfig(env)
  const accounts = createAccounts(db, createPasswords(config))
  const tokens = createTokens(db, config)
  const { id } = account
  const owner = await login(server.url, account)
  await post(server.url, owner.access_token)
  let { password } = account

  /** How access is taken away, the status of requests without it, and how the account gets access again. */
  const changes: Record<string, [end: (jti: string) => Promise<unknown>, status: number, restore: () => unknown]> = {
    'a blocked token': [(jti) => tokens.block(jti, 'admin'), 401, () => {}],
    'a removed role': [() => accounts.setRoles(id, []), 403, () => accounts.setRoles(id, ['user'])],
    'a new password': [async () => (password = await accounts.setPassword(id)), 401, () => {}],
    'a disabled account': [() => accounts.setDisabled(id, true), 401, () => accounts.setDisabled(id, false)]
  }
  for (const [name, [end, status, restore]] of Object.entries(changes)) {
    let late = 0
    for (let round = 0; round < ROUNDS; round++) {
      const pair = await login(server.url, { ...account, password })
      const { jti } = JSON.parse(Buffer.from(pair.refresh_token.split('.')[1] ?? '', 'base64url').toString())
      const race = startRace(server.url, pair, round)
      await race.allSucceeded
      await end(jti)
      race.accessEnded()
      for (const { began, statuses } of await race.results) {
        late += began
        t.strictSame([...new Set(statuses)], began > 0 ? [status] : [], `${name}, round ${round}`)
      }
      await restore()
    }
    t.ok(late >= ROUNDS * CONNECTIONS, `${name}: requests began after the change (${late})`)
  }
})

/** Reads and writes on many connections until access has ended. `results` has the requests that began after that. */
function startRace(url: string, { access_token }: Tokens, round: number) {
  let hasEnded = false
  let succeeded = 0
  const { promise: allSucceeded, resolve } = Promise.withResolvers<void>()

  async function use(connection: number) {
    const result = { began: 0, statuses: [] as number[] }
    for (let count = 0; result.began < 2; count++) {
      const beganLate = hasEnded
      const status = await send(url, access_token, connection % 2 === 0, `${round}-${count}`)
      if (beganLate) {
        result.began++
        result.statuses.push(status)
      } else if (status === 200 && count === 0 && ++succeeded === CONNECTIONS) resolve()
    }
    return result
  }

  const results = Promise.all(Array.from({ length: CONNECTIONS }, (_, connection) => use(connection)))
  function accessEnded(): void {
    hasEnded = true
  }
  return { allSucceeded, results, accessEnded }
}

/** Adds the category that is read and written. */
async function post(url: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  await fetch(`${url}/api/category/`, { method: 'POST', headers, body: JSON.stringify({ name: 'first' }) })
}

/** Returns the status of a request. Sends it again, as clients do, as long as the server is too busy for it. */
async function send(url: string, token: string, reads: boolean, name: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = reads
    ? await fetch(`${url}/api/category/`, { headers })
    : await fetch(`${url}/api/category/1`, { method: 'PATCH', headers, body: JSON.stringify({ name }) })
  await response.arrayBuffer()
  return response.status === 503 ? await send(url, token, reads, name) : response.status
}
