// How a locked account becomes usable again, and what the server remembers and says of failed logins.

import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { login_failure } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { addUser, login, loginStatus } from '../support/logins.ts'

const { app, db, accounts, log } = await build(t, { LOGIN_FAILURES: '2' })

const WRONG = 'wrong password'
const DAY = 86_400_000 // milliseconds

/** Adds an account and locks it for the address of the tests. */
async function lockedUser() {
  const account = await addUser(app)
  for (let n = 0; n < 2; n++) await login(app, { ...account, password: WRONG })
  return account
}

t.test('an administrator unlocks an account with a new password, by enabling it, or directly [L6]', async (t) => {
  const ways: Record<string, (id: number) => Promise<unknown>> = {
    'a new password': (id) => accounts.setPassword(id, 'eleven purple wagons'),
    'enabling it': (id) => accounts.setDisabled(id, false),
    'unlocking it': (id) => accounts.unlock(id)
  }
  for (const [name, unlock] of Object.entries(ways)) {
    const { id, username, password } = await lockedUser()
    t.equal(await loginStatus(app, username, password), 429)
    await unlock(id)
    t.equal(await loginStatus(app, username, name === 'a new password' ? 'eleven purple wagons' : password), 200, name)
  }
  await t.rejects(accounts.unlock(4711), /Account not found/)
})

t.test('a lock that was set by a clock in the future ends when the clock is right [L9]', async (t) => {
  const account = await lockedUser()
  const move = (expiry: string) => db.update(login_failure).set({ expiry }).where(eq(login_failure.user_id, account.id))
  await move(fromNow(15 * 60_000 + 1_000))
  const response = await login(app, account)
  t.equal(response.statusCode, 429, 'the clock of another instance may be a little ahead')
  t.ok(Number(response.headers['retry-after']) <= 15 * 60)
  await move(fromNow(40 * DAY))
  t.equal((await login(app, account)).statusCode, 200)
})

t.test('no typed name changes what is counted for an account and an address [A5]', async (t) => {
  const account = await lockedUser()
  const typed = [`${account.username}\u0000127.0.0.1`, `${account.username}","127.0.0.1`]
  for (const username of typed) t.equal(await loginStatus(app, username, WRONG), 401)
  t.equal((await login(app, account)).statusCode, 429)
})

t.test('failures that a name collected before it had an account do not lock the account', async (t) => {
  const username = 'not-here-yet'
  for (let n = 0; n < 3; n++) await loginStatus(app, username, WRONG)
  t.equal(await loginStatus(app, username, WRONG), 429)
  const { password } = await accounts.add({ username, roles: [] })
  t.equal(await loginStatus(app, username, password), 200)
})

t.test('the process log names an account that gets locked, and no other typed name [L6, E12]', async (t) => {
  const { id, username } = await lockedUser()
  const lines = log()
    .split('\n')
    .filter((line) => line.includes('"account locked"') && line.includes(username))
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0] ?? ''), { event: 'account locked', user_id: id, username, address: '127.0.0.1' })
  for (let n = 0; n < 3; n++) await loginStatus(app, 'typed-by-mistake', WRONG)
  t.notMatch(log(), 'typed-by-mistake')
})

t.test('a typed name is stored as a keyed hash: without the secret nobody can test guesses of it [L17]', async (t) => {
  const typed = 'a password in the wrong field'
  const other = await build(t)
  for (const server of [app, other.app]) await loginStatus(server, typed, WRONG)
  const keys = async (of: typeof db) => (await of.select().from(login_failure)).map(({ key }) => key)
  const [here, there] = [await keys(db), await keys(other.db)]
  t.equal(there.length, 2)
  t.notOk(
    there.some((key) => here.includes(key)),
    'another secret gives another key'
  )
  for (const encoding of ['base64url', 'base64', 'hex'] as const) {
    t.notOk(here.includes(createHash('sha256').update(typed).digest(encoding)), encoding)
  }
})
