// Guessing the password of an account is limited.

import { and, eq, isNull } from 'drizzle-orm'
import t from 'tap'
import { login_failure } from '../../src/tables/account.ts'
import { build, eventually } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import { addUser, login, loginStatus } from '../support/logins.ts'
import { PASSWORD } from '../support/tokens.ts'
import { hashesDuring } from './hash-count.ts'

const { app, db, second, instances } = await buildTwoInstances(t)

const WRONG = 'wrong password'
const GUESSER = '192.0.2.1'

t.test(
  'ten wrong passwords from an address lock only that account there, at every instance and for every spelling [A5, L6]',
  async (t) => {
    const account = await addUser(app)
    const bystander = await addUser(app)
    const guess = (n: number) => ({ ...account, password: `wrong password ${n}` })
    const attempts = await Promise.all(
      Array.from({ length: 30 }, (_, n) => login(instances[n % 2] ?? app, guess(n), GUESSER))
    )
    const statuses = attempts.map((response) => response.statusCode).sort()
    t.strictSame(statuses, [...Array(10).fill(401), ...Array(20).fill(429)], 'also when all are sent at once')

    for (const instance of instances) {
      const response = await login(instance, { ...account, username: account.username.toUpperCase() }, GUESSER)
      t.equal(response.statusCode, 429, 'also with the right password')
      const seconds = Number(response.headers['retry-after'])
      t.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 15 * 60, 'Retry-After gives the seconds to wait')
    }
    t.equal(await hashesDuring(() => login(app, account, GUESSER)), 0, 'no hash is computed')
    t.equal((await login(app, bystander, GUESSER)).statusCode, 200, 'another account works there')
    t.equal((await login(second.app, account, '198.51.100.1')).statusCode, 200, 'the owner works elsewhere')
    t.equal((await login(app, account, GUESSER)).statusCode, 429, 'which does not unlock it for the stranger')
  }
)

t.test('addresses of one IPv6 network share a count, as they are one client [A5]', async (t) => {
  const account = await addUser(app)
  for (let n = 0; n < 10; n++) await login(app, { ...account, password: WRONG }, `2001:db8:1:2::${n + 1}`)
  t.equal((await login(app, account, '2001:0db8:1:2:ffff::1')).statusCode, 429)
  t.equal((await login(app, account, '2001:db8:1:3::1')).statusCode, 200)
})

t.test('an account gets at most a hundred wrong passwords, from however many addresses [A5]', async (t) => {
  const account = await addUser(app)
  const guess = (n: number) => login(instances[n % 2] ?? app, { ...account, password: WRONG }, `192.0.2.${n + 1}`)
  await guess(0)
  await db
    .update(login_failure)
    .set({ failures: 98 })
    .where(and(eq(login_failure.user_id, account.id), isNull(login_failure.network)))
  const attempts = await Promise.all(Array.from({ length: 10 }, (_, n) => guess(n + 1)))
  t.strictSame(attempts.map(({ statusCode }) => statusCode).sort(), [401, 401, ...Array(8).fill(429)], 'also at once')
  t.equal((await login(second.app, account, '198.51.100.2')).statusCode, 429, 'now it is locked for everybody')
})

t.test('twenty right logins at once all succeed, at two instances and with one failure left [L7]', async (t) => {
  const account = await addUser(app)
  for (let n = 0; n < 9; n++) await login(app, { ...account, password: WRONG })
  const attempts = await Promise.all(Array.from({ length: 20 }, (_, n) => login(instances[n % 2] ?? app, account)))
  t.strictSame(
    attempts.map(({ statusCode }) => statusCode),
    Array(20).fill(200)
  )
})

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
