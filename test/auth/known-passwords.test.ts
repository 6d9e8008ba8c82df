// No account of a server in production has a password that the world knows.

import t from 'tap'
import { demoAccounts, fillDemo } from '../../src/demo.ts'
import { build, buildOn } from '../support/app.ts'
import { login, loginStatus } from '../support/logins.ts'
import { type Pair, readStatus } from '../support/tokens.ts'

t.test('a new server has no account [A14]', async (t) => {
  const { app, accounts } = await build(t)
  t.strictSame(await accounts.list(), [])
  for (const username of ['admin', 'root', 'client', 'user', 'test']) {
    for (const password of ['123456', 'admin', username]) t.equal(await loginStatus(app, username, password), 401)
  }
})

t.test('the accounts of the demo, and their tokens, work only while DEMO is on [A14]', async (t) => {
  const demo = await build(t, { DEMO: 'true' })
  t.equal(await fillDemo(demo.db, demo.app.passwords.hash), true)
  const production = await buildOn(t, { ...demo.env, DEMO: 'false' })
  for (const account of demoAccounts) {
    const { username, password } = account
    const response = await login(demo.app, account)
    t.equal(response.statusCode, 200, `${username} in the demo`)
    const { access_token } = response.json<Pair>()
    t.equal(await readStatus(production.app, access_token), 401, `${username}'s token in production`)
    t.equal(await loginStatus(production.app, username, password), 401, `${username} in production`)
  }
})
