// Which passwords an account can be given, over HTTP and by the code behind the pages and the command line.

import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { createAccounts } from '../../plugins/auth/accounts.ts'
import { createPasswords } from '../../plugins/auth/passwords.ts'
import { loadConfig } from '../../src/config.ts'
import { PROJECT_NAME } from '../../src/project-name.ts'
import type { ErrorBody } from '../../src/schemas.ts'
import { build } from '../support/app.ts'
import { addUser, loginStatus } from '../support/logins.ts'
import { PASSWORD, RESOURCE } from '../support/tokens.ts'

const { app, accounts, db, env, signIn } = await build(t)

t.test(
  'a password that is short, common, or contains the name is rejected with the reason, and nothing changes [A8, A9]',
  async (t) => {
    const caller = await signIn('user')
    const { username } = caller
    const table: [password: string, reason: RegExp][] = [
      ['fourteen chars', /at least 15 characters/],
      ['😀😁😂😃😄😅😆😇😈😉😊😋😌😍', /at least 15 characters/],
      ['aaaaaaaaaaaaaaaaaaaa', /easy to guess/],
      ['passwordpassword', /easy to guess/],
      ['Password12345678', /easy to guess/],
      ['123456789012345', /easy to guess/],
      ['qwertyuiopasdfghjkl', /easy to guess/],
      [`${username} 2`, /user name/],
      [`my ${username.toUpperCase()} 2`, /user name/],
      [`the password of ${PROJECT_NAME}`, /name of this application/],
      ['a password with NUL\0', /NUL/],
      ['half a character \ud83d', /surrogate/],
      [randomBytes(513).toString('hex').slice(0, 1025), /1024/]
    ]
    for (const [password, reason] of table) {
      const name = JSON.stringify(password.slice(0, 30))
      const error = await accounts.add({ username, password, roles: [] }).catch((error: unknown) => error)
      t.match(error, { statusCode: 400, details: [{ field: 'password', message: reason }] }, `${name}: new account`)
      const response = await caller.put(PASSWORD, { old_password: caller.password, new_password: password })
      t.equal(response.statusCode, 400, `${name}: new password`)
      t.match(response.json<ErrorBody>().details, [{ field: 'new_password', message: reason }])
    }
    t.equal(await loginStatus(app, username, caller.password), 200, 'the old password still works')
    t.equal((await caller.get(RESOURCE)).statusCode, 200, 'and so do its tokens')
  }
)

t.test('the minimum length is configurable, and easy passwords are rejected at any length [A8]', async (t) => {
  const accounts = createAccounts(db, createPasswords(loadConfig({ ...env, PASSWORD_MIN_LENGTH: '8' })))
  const username = randomUUID()
  await t.rejects(accounts.add({ username, password: 'zk4!pQ9', roles: [] }), /at least 8 characters/)
  await t.rejects(accounts.add({ username, password: 'iloveyou', roles: [] }), /easy to guess/)
  await accounts.add({ username, password: 'zk4!pQ9x', roles: [] })
  t.equal(await loginStatus(app, username, 'zk4!pQ9x'), 200)
})

t.test('passwords may be long, plain, spaced or not Latin, and every character counts [A8, A10]', async (t) => {
  const accepted = [
    'plain old horse',
    '  spaces at both ends  ',
    randomBytes(32).toString('hex'),
    randomBytes(64).toString('hex'),
    randomBytes(512).toString('hex'),
    '😀😁😂😃😄😅😆😇😈😉😊😋😌😍🤣'
  ]
  for (const password of accepted) {
    const name = JSON.stringify(password.slice(0, 30))
    const { username } = await addUser(app, { password })
    t.equal(await loginStatus(app, username, password), 200, `${name} logs in`)
    const characters = [...password]
    const similar = [
      ['_', ...characters.slice(1)].join(''),
      [...characters.slice(0, -1), '_'].join(''),
      password.trim()
    ]
    for (const other of similar.filter((other) => other !== password)) {
      t.equal(await loginStatus(app, username, other), 401, `${name}, changed at one end, does not`)
    }
  }
})

t.test('a password logs in whether its accents are typed composed or decomposed [A10]', async (t) => {
  const text = 'Žluťoučký kůň úpěl'
  for (const [stored, typed] of [
    [text.normalize('NFC'), text.normalize('NFD')],
    [text.normalize('NFD'), text.normalize('NFC')]
  ] as const) {
    const { username } = await addUser(app, { password: stored })
    t.equal(await loginStatus(app, username, typed), 200)
  }
})
