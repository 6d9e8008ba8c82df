// Every spelling of a user name means the same account, and no two accounts have names that look alike.

import t from 'tap'
import { canonicalUsername, USERNAME_LENGTH } from '../../plugins/auth/usernames.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { build } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'
import { anyText, escaped, holds } from '../support/properties.ts'

t.test('the spellings of a name are reduced to one [F15]', async (t) => {
  const spellings = [
    ...['admin', 'Admin', 'ADMIN', ' admin ', '\tadmin\n', 'ａｄｍｉｎ', 'ⓐdmin', '𝐚𝐝𝐦𝐢𝐧', '\u3000admin', '\u00a0admin']
  ]
  for (const typed of spellings) t.equal(canonicalUsername(typed), 'admin', escaped(typed))
  for (const typed of ['Ädmin', 'ädmin', 'A\u0308dmin']) t.equal(canonicalUsername(typed), 'ädmin', escaped(typed))
  for (const typed of ['J\u030c', 'j\u030c', '\u01f0']) t.equal(canonicalUsername(typed), '\u01f0', escaped(typed))
  t.equal(canonicalUsername('Лев שלום 李 😀'), 'лев שלום 李 😀')
  holds(t, anyText, (typed) => {
    const name = canonicalUsername(typed)
    return name === undefined || (canonicalUsername(name) === name && canonicalUsername(` ${name}\n`) === name)
  })
})

t.test('a name that is empty, too long, or has invisible characters is not accepted [F15]', async (t) => {
  const none = ['', ' ', '\t\n', '\u3000', 'a\0', 'a\u0007b', 'a\nb', 'a\u2028b', 'a\u2029b', 'a\ud800', '\udfff']
  for (const typed of none) {
    t.equal(canonicalUsername(typed), undefined, escaped(typed))
  }
  // Zero-width and bidirectional controls, soft hyphen, tag, private use, unassigned.
  const hidden = ['\u200b', '\u200d', '\ufeff', '\u2060', '\u202e', '\u2066', '\u00ad', '\u{e0041}', '\ue000', '\u0378']
  // Not controls by their category, but displayed as nothing: joiner, variation selectors, fillers.
  const blank = ['\u034f', '\ufe0f', '\u{e0100}', '\u115f', '\u1160', '\u3164', '\uffa0', '\u17b4', '\u180b']
  for (const character of [...hidden, ...blank]) {
    t.equal(canonicalUsername(`ad${character}min`), undefined, escaped(character))
  }
  for (const letter of ['a', '😀', '李']) {
    t.equal(canonicalUsername(letter.repeat(USERNAME_LENGTH)), letter.repeat(USERNAME_LENGTH))
    t.equal(canonicalUsername(letter.repeat(USERNAME_LENGTH + 1)), undefined)
  }
  t.equal(canonicalUsername('ﷺ'.repeat(4)), undefined, 'the limit is for the stored spelling')
})

t.test('an account is found, and signs in, by every spelling of its name; none can be added twice [F15]', async (t) => {
  const { app, accounts } = await build(t)
  const table: [stored: string, spellings: string[]][] = [
    ['admin', ['Admin', 'ADMIN', 'admin ', ' admin', '\tadmin\n', 'ａｄｍｉｎ', 'ａdmin', '\u3000admin', 'ⓐdmin']],
    ['ädmin', ['Ädmin', 'ÄDMIN', 'a\u0308dmin', 'A\u0308dmin']],
    ['ﬁsher'.normalize('NFKC'), ['ﬁsher', 'FISHER', 'Ｆisher']],
    ['σοφία', ['ΣΟΦΊΑ', 'Σοφία']],
    ['😀', ['😀 ']]
  ]
  for (const [stored, spellings] of table) {
    const added = await accounts.add({ username: spellings[0] ?? '', roles: [] })
    t.equal(added.username, stored)
    for (const spelling of [stored, ...spellings]) {
      t.equal(await accounts.idOf(spelling), added.id, `${escaped(spelling)} is found`)
      const failure = await accounts.add({ username: spelling, roles: [] }).catch(databaseFailure)
      t.equal(failure, 'unique', `${escaped(spelling)} exists`)
    }
    const last = spellings.at(-1) ?? ''
    t.equal(await loginStatus(app, last, added.password), 200, `${escaped(last)} signs in`)
  }
  const names = (await accounts.list()).map(({ username }) => username)
  t.strictSame(names.sort(), table.map(([stored]) => stored).sort())
})

t.test('an account with a name that is not accepted is not added [F15]', async (t) => {
  const { accounts } = await build(t)
  const invisible = ['\0', '\u0007', '\u00ad', '\u034f', '\u115f', '\u200b', '\u200d', '\u202e', '\u2028', '\u3164']
  const names = [
    ...['', ' ', '\u3000', 'x'.repeat(65), '😀'.repeat(65), 'ad\nmin', 'admin\ud83d'],
    ...[...invisible, '\ufe0f', '\ufeff', '\u{e0061}', '\ue000'].map((character) => `ad${character}min`)
  ]
  for (const username of names) {
    const error = await accounts.add({ username, roles: [] }).catch((error: unknown) => error)
    t.match(error, { statusCode: 400, details: [{ field: 'username' }] }, escaped(username))
  }
  t.strictSame(await accounts.list(), [])
  const longest = '😀'.repeat(64)
  t.match(await accounts.add({ username: longest, roles: [] }), { username: longest })
})
