// A login with the right password returns tokens. A failed login reveals nothing about the account.

import t from 'tap'
import { build } from '../support/app.ts'
import { addUser, login } from '../support/logins.ts'
import { jtiOf, type Pair, type Response, refreshTokenRows } from '../support/tokens.ts'
import { hashesDuring } from './hash-count.ts'

const { app, accounts } = await build(t)

t.test('the right name and password return two tokens, uncached, and store one refresh token [A1]', async (t) => {
  const account = await addUser(app)
  const response = await login(app, account)
  t.equal(response.statusCode, 200)
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers['content-type'], 'application/json; charset=utf-8')
  t.strictSame(Object.keys(response.json()).sort(), ['access_token', 'refresh_token'])
  const rows = await refreshTokenRows(app, account.id)
  t.strictSame(
    rows.map((row) => row.jti),
    [jtiOf(response.json<Pair>().refresh_token)]
  )
})

t.test('every failed login gets the same response, byte for byte [A2]', async (t) => {
  const existing = await addUser(app)
  const disabled = await addUser(app)
  await accounts.setDisabled(disabled.id, true)
  const hashes = ['', 'garbage', '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaA']
  const broken = await Promise.all(hashes.map((password_hash) => addUser(app, { password_hash })))

  const password = 'not the password'
  const expected = comparable(await login(app, { ...existing, password }))
  t.match(expected, { status: 401, body: /"msg":"Bad username or password"/ })
  t.equal(expected.headers['www-authenticate'], 'Bearer')
  t.equal(expected.headers['cache-control'], 'no-store')

  const attempts: Record<string, { username: string; password: string }> = {
    'an unknown user': { username: 'nobody-of-this-name', password },
    'NUL in the name': { ...existing, username: `${existing.username}\0` },
    'half a character in the name': { ...existing, username: `\ud800${existing.username}` },
    'a name of 1024 characters': { username: 'x'.repeat(1024), password },
    'an SQL fragment': { ...existing, username: `${existing.username}' or '1'='1` },
    'a disabled account': disabled,
    ...Object.fromEntries(broken.map((account, n) => [`the stored hash "${hashes[n]}"`, account]))
  }
  t.equal(Object.keys(attempts).length, 9)
  for (const [name, attempt] of Object.entries(attempts)) {
    t.strictSame(comparable(await login(app, attempt)), expected, name)
  }
})

t.test(
  'a failed login computes one hash, whether the account exists, is disabled, is broken or not [A3]',
  async (t) => {
    const existing = await addUser(app)
    const disabled = await addUser(app)
    await accounts.setDisabled(disabled.id, true)
    const broken = await addUser(app, { password_hash: 'garbage' })
    await login(app, existing) // the first login of a server also computes the hash that unknown names are checked against
    for (const username of [existing.username, disabled.username, broken.username, 'nobody-of-this-name', 'no\0name']) {
      const hashes = await hashesDuring(() => login(app, { username, password: 'not the password' }))
      t.equal(hashes, 1, JSON.stringify(username))
    }
  }
)

/** Returns a response without the headers that differ every time. */
function comparable({ statusCode, headers: { date: _, 'x-request-id': __, ...headers }, payload }: Response) {
  return { status: statusCode, body: payload, headers }
}
