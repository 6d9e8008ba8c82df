// A flood of logins stops neither the server nor the logins of others.

import t from 'tap'
import { build } from '../support/app.ts'
import { addUser, login } from '../support/logins.ts'

const { app } = await build(t)

t.test(
  'in a flood of logins each one is processed or turned away, and other requests are served [A7, Q23]',
  async (t) => {
    const flood = Array.from({ length: 150 }, (_, n) => login(app, { username: `flood-${n}`, password: 'a guess' }))
    t.equal((await app.inject('/health/live')).statusCode, 200)
    const responses = await Promise.all(flood)
    t.same([...new Set(responses.map((response) => response.statusCode))].sort(), [401, 503])
    for (const { statusCode, headers } of responses) if (statusCode === 503) t.equal(headers['retry-after'], '1')
    const account = await addUser(app)
    t.equal((await login(app, account)).statusCode, 200, 'afterwards a login succeeds again')
  }
)

t.test('a flood of logins from one address does not keep others from signing in [A7, G18, L15]', async (t) => {
  const accounts = await Promise.all(Array.from({ length: 12 }, () => addUser(app)))
  const flood = Array.from({ length: 150 }, (_, n) =>
    login(app, { username: `flood-${n}`, password: 'a guess' }, '192.0.2.1')
  )
  const logins = accounts.map((account, n) => login(app, account, `198.51.100.${n + 1}`))
  let isFloodOver = false
  Promise.all(flood).then(() => {
    isFloodOver = true
  })
  const statuses = (await Promise.all(logins)).map(({ statusCode }) => statusCode)
  t.strictSame(statuses, Array(12).fill(200))
  t.notOk(isFloodOver, 'they did not wait for the flood')
  t.ok(
    (await Promise.all(flood)).some(({ statusCode }) => statusCode === 503),
    'the flood was too much for its address'
  )
})

t.test(
  'a flood of logins to one account from many addresses does not keep others from signing in [A7, G18, L15]',
  async (t) => {
    const [target, account] = [await addUser(app), await addUser(app)]
    const flood = Array.from({ length: 320 }, (_, n) =>
      login(app, { ...target, password: 'a guess' }, `203.0.${n >> 8}.${n & 255}`)
    )
    const response = await login(app, account, '198.51.100.99')
    t.equal(response.statusCode, 200, response.body)
    const statuses = (await Promise.all(flood)).map(({ statusCode }) => statusCode)
    t.ok(statuses.includes(503), 'the flood was too much for one account')
  }
)
