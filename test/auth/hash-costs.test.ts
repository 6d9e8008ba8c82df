// After the costs of hashes were changed, old hashes are replaced, and failed logins still reveal nothing.

import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { user } from '../../src/tables/account.ts'
import { build, buildOn } from '../support/app.ts'
import { addUser, login } from '../support/logins.ts'

const { app, db, env } = await build(t)

async function costsOf(id: number): Promise<string> {
  const [row] = await db.select().from(user).where(eq(user.id, id))
  return /^\$argon2id\$v=19\$(m=\d+,t=\d+,p=\d+)\$/.exec(row?.password_hash ?? '')?.[1] ?? ''
}

t.test('a login replaces a hash whose costs are not those of the configuration [L11, A12]', async (t) => {
  const account = await addUser(app)
  const raised = await buildOn(t, { ...env, ARGON2_MEMORY: '32' })
  t.equal((await login(raised.app, { ...account, password: 'wrong password' })).statusCode, 401)
  t.equal(await costsOf(account.id), 'm=19456,t=2,p=1', 'a failed login changes nothing')
  const response = await login(raised.app, account)
  t.equal(await costsOf(account.id), 'm=32768,t=2,p=1')
  const { access_token } = response.json<{ access_token: string }>()
  const headers = { authorization: `Bearer ${access_token}` }
  t.equal((await raised.app.inject({ url: '/api/sample/', headers })).statusCode, 200, 'the tokens are not revoked')
  t.equal((await login(app, account)).statusCode, 200)
  t.equal(await costsOf(account.id), 'm=19456,t=2,p=1', 'costs can also be lowered')
})

t.test('known and unknown names take the same time after the costs were raised or lowered [L11, A3]', async (t) => {
  const cheap = await addUser(app)
  const raised = await buildOn(t, { ...env, ARGON2_MEMORY: '64' })
  const costly = await addUser(raised.app)
  const lowered = await buildOn(t, env)
  for (const [name, instance] of [
    ['raised', raised.app],
    ['lowered', lowered.app]
  ] as const) {
    await similar(t, name, instance, [cheap.username, costly.username, 'nobody-of-this-name'])
  }
})

/** Asserts that failed logins with these names use the same time of the processor: other processes do not change it. */
async function similar(t: Test, name: string, app: FastifyInstance, usernames: string[]): Promise<void> {
  const times = usernames.map(() => [] as number[])
  for (let round = 0; round < 8; round++) {
    for (const [n, username] of usernames.entries()) {
      const before = process.cpuUsage()
      await login(app, { username, password: 'wrong password' }, `192.0.2.${round + 1}`)
      const { user, system } = process.cpuUsage(before)
      times[n]?.push((user + system) / 1000)
    }
  }
  const minima = times.map((list) => Math.min(...list)) // of a busy machine, the times that it disturbed least
  const [least, most] = [Math.min(...minima), Math.max(...minima)]
  t.ok(most < 1.5 * least, `${name}: ${minima.map((time) => time.toFixed(1)).join(', ')} ms`)
}
