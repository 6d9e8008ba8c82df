// Accounts: one name for every spelling, one administrator at least, and the command line that makes the first.

import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import {
  type Account,
  accountId,
  addAccount,
  canonicalUsername,
  listAccounts,
  removeAccount,
  setDisabled,
  setRoles
} from '../src/accounts.ts'
import { type Database, databaseFailure } from '../src/db.ts'
import { demoAccounts, fillDemo } from '../src/demo.ts'
import { openDatabase } from '../src/open-database.ts'
import { createPasswords } from '../src/passwords.ts'
import { build, buildOn, environment, type TestApp } from './support/app.ts'

t.test('F15: every spelling of a name is the same account', async (t) => {
  const { app, db, passwords } = await server(t)
  const table: [stored: string, spellings: string[]][] = [
    ['admin', ['Admin', 'ADMIN', 'admin ', ' admin', '\tadmin\n', 'ａｄｍｉｎ', 'ａdmin', '\u3000admin', 'ⓐdmin']],
    ['ädmin', ['Ädmin', 'ÄDMIN', 'a\u0308dmin', 'A\u0308dmin']],
    ['ﬁsher'.normalize('NFKC'), ['ﬁsher', 'FISHER', 'Ｆisher']],
    ['σοφία', ['ΣΟΦΊΑ', 'Σοφία']],
    ['😀', ['😀 ']]
  ]
  for (const [stored, spellings] of table) {
    const added = await addAccount(db, passwords, { username: spellings[0] ?? '', roles: [] })
    t.equal(added.username, stored)
    for (const spelling of [stored, ...spellings]) {
      const name = JSON.stringify(spelling)
      t.equal(await accountId(db, spelling), added.id, `${name} is found`)
      const again = await addAccount(db, passwords, { username: spelling, roles: [] }).catch(databaseFailure)
      t.equal(again, 'unique', `${name} exists`)
    }
    const last = spellings.at(-1) ?? ''
    t.equal(await login(app, last, added.password), 200, `${JSON.stringify(last)} signs in`)
  }
  t.strictSame(await names(db), table.map(([stored]) => stored).sort())
})

t.test('F15: a name that cannot be told from another, or is none, is refused', async (t) => {
  const { db, passwords } = await server(t)
  const invisible = ['\0', '\u0007', '\u00ad', '\u034f', '\u115f', '\u200b', '\u200d', '\u202e', '\u2028', '\u3164']
  const table = [
    '',
    ' ',
    '\u3000',
    'x'.repeat(65),
    '😀'.repeat(65),
    'ad\nmin',
    'admin\ud83d',
    ...[...invisible, '\ufe0f', '\ufeff', '\u{e0061}', '\ue000'].map((character) => `ad${character}min`)
  ]
  for (const username of table) {
    const refusal = await addAccount(db, passwords, { username, roles: [] }).catch((error: unknown) => error)
    t.match(refusal, { statusCode: 400, details: [{ field: 'username' }] }, escaped(username))
  }
  t.strictSame(await names(db), [])
  const longest = '😀'.repeat(64)
  t.match(await addAccount(db, passwords, { username: longest, roles: [] }), { username: longest })
})

t.test('F15: the spelling that is stored stands for itself', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (typed) => {
        const name = canonicalUsername(typed)
        return name === undefined || canonicalUsername(name) === name
      }),
      { numRuns: 300 }
    )
  )
})

t.test('F14: of two who add the same name at once, at two instances, one succeeds', async (t) => {
  const { db, other, passwords } = await server(t)
  for (let round = 0; round < 10; round++) {
    const results = await Promise.allSettled([
      addAccount(db, passwords, { username: `Twin ${round}`, roles: ['user'] }),
      addAccount(other, passwords, { username: `ｔwin ${round}`, roles: ['admin'] })
    ])
    const refused = results.filter((result) => result.status === 'rejected')
    t.strictSame(
      refused.map((result) => databaseFailure(result.reason)),
      ['unique'],
      `round ${round}`
    )
    const [account, ...rest] = (await listAccounts(db)).filter(({ username }) => username === `twin ${round}`)
    t.strictSame(account?.roles, results[0].status === 'fulfilled' ? ['user'] : ['admin'], 'with its own roles')
    t.strictSame(rest, [])
  }
})

t.test('F12: of two administrators who end each other at the same moment, one stays', async (t) => {
  const { db, other, passwords } = await server(t)
  const ends = [
    (db: Database, id: number) => removeAccount(db, id),
    (db: Database, id: number) => setDisabled(db, id, true),
    (db: Database, id: number) => setRoles(db, id, ['user'])
  ] as const
  for (let round = 0; round < 50; round++) {
    const [first, second] = await twoAdministrators()
    const endSecond = ends[round % 3] ?? ends[0]
    const endFirst = ends[Math.floor(round / 3) % 3] ?? ends[0]
    const results = await Promise.allSettled([endSecond(db, second), endFirst(other, first)])
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    t.match(refusals, [{ code: 'LAST_ADMINISTRATOR', statusCode: 409 }], `round ${round}`)
    t.equal(refusals.length, 1)
    t.equal((await administrators()).length, 1, 'one is left')
  }

  async function administrators(): Promise<Account[]> {
    return (await listAccounts(db)).filter(({ disabled, roles }) => !disabled && roles.includes('admin'))
  }

  async function twoAdministrators(): Promise<[number, number]> {
    for (const username of ['anna', 'berta']) {
      const existing = (await listAccounts(db)).find((account) => account.username === username)
      const { id } = existing ?? (await addAccount(db, passwords, { username, roles: [] }))
      await setRoles(db, id, ['admin'])
      await setDisabled(db, id, false)
    }
    return [await accountId(db, 'anna'), await accountId(db, 'berta')]
  }
})

t.test(
  'F12: the last enabled administrator is kept; a disabled one, or one by another name, does not count',
  async (t) => {
    const { db, passwords } = await server(t)
    const { id } = await addAccount(db, passwords, { username: 'boss', roles: ['admin', 'user'] })
    const former = await addAccount(db, passwords, { username: 'former', roles: ['admin'] })
    await setDisabled(db, former.id, true)
    await addAccount(db, passwords, { username: 'admin', roles: ['user'] })

    const before = await listAccounts(db)
    const refused = { code: 'LAST_ADMINISTRATOR', statusCode: 409 }
    for (const [name, change] of [
      ['removed', () => removeAccount(db, id)],
      ['disabled', () => setDisabled(db, id, true)],
      ['without roles', () => setRoles(db, id, [])],
      ['as a user', () => setRoles(db, id, ['user'])]
    ] as const) {
      t.match(await change().catch((error: unknown) => error), refused, name)
    }
    t.strictSame(await listAccounts(db), before, 'nothing of it is stored')

    await setRoles(db, id, ['admin'])
    await setDisabled(db, former.id, false)
    await removeAccount(db, id)
    t.strictSame(await names(db), ['admin', 'former'], 'with a second one it may go')
  }
)

t.test('an unknown role, or an unknown account, changes nothing', async (t) => {
  const { db, passwords } = await server(t)
  const unknownRole = { code: 'INVALID_INPUT', statusCode: 400, message: /no role superuser/ }
  const add = addAccount(db, passwords, { username: 'anna', roles: ['user', 'superuser'] })
  t.match(await add.catch((error: unknown) => error), unknownRole)
  t.strictSame(await names(db), [])

  const { id } = await addAccount(db, passwords, { username: 'anna', roles: ['user', 'user'] })
  t.match(await setRoles(db, id, ['superuser']).catch((error: unknown) => error), unknownRole)
  t.match(await listAccounts(db), [{ roles: ['user'] }])
  for (const change of [
    () => removeAccount(db, id + 1),
    () => setDisabled(db, id + 1, true),
    () => setRoles(db, id + 1, [])
  ]) {
    t.match(await change().catch((error: unknown) => error), { code: 'NOT_FOUND', statusCode: 404 })
  }
})

t.test('A14: a new server has no account, and those of the demo sign in only while DEMO is on', async (t) => {
  const fresh = await server(t)
  t.strictSame(await names(fresh.db), [])
  for (const username of ['admin', 'root', 'client', 'user', 'test']) {
    for (const password of ['123456', 'admin', username]) t.equal(await login(fresh.app, username, password), 401)
  }

  const demo = await build(t, { DEMO: 'true' })
  t.equal(await fillDemo(demo.db, demo.config), true)
  const production = await buildOn(t, { ...demo.env, DEMO: 'false' })
  for (const { username, password } of demoAccounts) {
    const payload = { username, password }
    const answer = await demo.app.inject({ method: 'POST', url: '/api/auth/', payload })
    t.equal(answer.statusCode, 200, `${username} in the demo`)
    const { access_token } = answer.json<{ access_token: string }>()
    const headers = { authorization: `Bearer ${access_token}` }
    const used = await production.app.inject({ method: 'GET', url: '/api/sample/', headers })
    t.equal(used.statusCode, 401, `${username}'s token out of the demo`)
    t.equal(await login(production.app, username, password), 401, `${username} out of the demo`)
  }
})

/** A server on an empty database, or on this one, and a second connection to it. */
async function server(t: Test, DATABASE_URL?: string) {
  const made: TestApp = await (DATABASE_URL ? buildOn(t, { ...(await environment(t)), DATABASE_URL }) : build(t))
  const other = await openDatabase(made.config, () => {})
  t.teardown(() => other.connection.close())
  return { ...made, other, passwords: createPasswords(made.config) }
}

async function login(app: FastifyInstance, username: string, password: string): Promise<number> {
  return (await app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })).statusCode
}

async function names(db: Database): Promise<string[]> {
  return (await listAccounts(db)).map(({ username }) => username).sort()
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
