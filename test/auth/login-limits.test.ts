// Guessing passwords is limited per account, and a flood of logins does not stop the server.

import t from 'tap'
import { build, eventually } from '../support/app.ts'
import { hashesDuring } from '../support/hash-count.ts'
import { buildTwoInstances } from '../support/instances.ts'
import { addUser, login, loginStatus } from '../support/logins.ts'
import { PASSWORD } from '../support/tokens.ts'

const { app, instances } = await buildTwoInstances(t)

const WRONG = 'wrong password'

t.test(
  'ten wrong passwords lock only that account, for every address, instance and spelling of the name [A5]',
  async (t) => {
    const account = await addUser(app)
    const bystander = await addUser(app)
    const attempts = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        login(instances[n % 2] ?? app, { ...account, password: `wrong password ${n}` }, `192.0.2.${n + 1}`)
      )
    )
    const statuses = attempts.map((response) => response.statusCode).sort()
    t.strictSame(statuses, [...Array(10).fill(401), ...Array(20).fill(429)], 'also when all are sent at once')

    for (const [n, instance] of instances.entries()) {
      const username = account.username.toUpperCase()
      const response = await login(instance, { ...account, username }, `198.51.100.${n + 1}`)
      t.equal(response.statusCode, 429, 'also with the right password')
      const seconds = Number(response.headers['retry-after'])
      t.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 15 * 60, 'Retry-After gives the seconds to wait')
    }
    t.equal(await hashesDuring(() => login(app, account)), 0, 'no hash is computed')
    t.equal((await login(app, bystander)).statusCode, 200)
  }
)

t.test('the right password resets the count [A5]', async (t) => {
  const { username, password } = await addUser(app)
  for (const typed of [...Array(9).fill(WRONG), password, ...Array(9).fill(WRONG)]) {
    await login(app, { username, password: typed })
  }
  t.equal(await loginStatus(app, username, password), 200)
})

t.test('a name without an account is locked after as many failures as an account [A5]', async (t) => {
  const statuses: number[] = []
  for (let n = 0; n < 11; n++) statuses.push(await loginStatus(app, 'nobody-at-all', WRONG))
  t.strictSame(statuses, [...Array(10).fill(401), 429])
})

t.test('a lock ends by itself, and a wrong old password counts like a failed login [A6, A15]', async (t) => {
  const { app, signIn } = await build(t, { LOGIN_WINDOW: '0.02', LOGIN_FAILURES: '2' })
  const caller = await signIn('user')
  const change = async (old_password: string) =>
    (await caller.put(PASSWORD, { old_password, new_password: 'a new long password' })).statusCode
  t.strictSame(
    [
      await change(WRONG),
      await change(WRONG),
      await change(caller.password),
      await loginStatus(app, caller.username, caller.password)
    ],
    [403, 403, 429, 429]
  )
  const unlocked = await eventually(async () => {
    const response = await login(app, caller)
    return response.statusCode === 429 ? undefined : response
  })
  t.equal(unlocked.statusCode, 200, 'attempts while it is locked do not extend the lock')
})

t.test('in a flood of logins each one is processed or turned away, and other requests are served [A7]', async (t) => {
  const flood = Array.from({ length: 150 }, (_, n) => login(app, { username: `flood-${n}`, password: 'a guess' }))
  t.equal((await app.inject('/health/live')).statusCode, 200)
  const responses = await Promise.all(flood)
  t.same([...new Set(responses.map((response) => response.statusCode))].sort(), [401, 503])
  for (const { statusCode, headers } of responses) if (statusCode === 503) t.equal(headers['retry-after'], '1')
  const account = await addUser(app)
  t.equal((await login(app, account)).statusCode, 200, 'afterwards a login succeeds again')
})
