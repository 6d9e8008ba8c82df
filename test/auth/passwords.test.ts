// Which passwords are acceptable, and which passwords match a stored hash.

import fc from 'fast-check'
import t from 'tap'
import { createPasswords, generatePassword } from '../../plugins/auth/passwords.ts'
import { PROJECT_NAME } from '../../src/project-name.ts'
import { build } from '../support/app.ts'
import { escaped } from '../support/properties.ts'

const passwords = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 15 })
const short = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 8 })

t.test('the length of a password is counted in code points, and is at most 1,024 bytes [A8]', async (t) => {
  const { problem } = passwords
  const tooShort = /^must have at least 15 characters$/
  const text = 'ab😀cé李d🎈e fghij klmno pqrs'
  const points = [...text]
  t.match(await problem(points.slice(0, 14).join(''), 'somebody'), tooShort)
  t.equal(await problem(points.slice(0, 15).join(''), 'somebody'), undefined)
  t.match(await problem('', 'somebody'), tooShort)
  t.match(await problem('😀🎈'.repeat(7), 'somebody'), tooShort, '28 UTF-16 units, 56 bytes, 14 characters')

  const long = (length: number) => Array.from({ length: 52 }, generatePassword).join('').slice(0, length)
  for (const length of [64, 128, 1024])
    t.equal(await problem(long(length), 'somebody'), undefined, `${length} characters`)
  t.equal(await problem(long(1025), 'somebody'), 'must have at most 1024 bytes')
  t.equal(await problem(`${generatePassword()}${'李'.repeat(334)}xy`, 'somebody'), undefined)
  t.equal(await problem(`${generatePassword()}${'李'.repeat(334)}xyz`, 'somebody'), 'must have at most 1024 bytes')

  t.match(await short.problem('vK7#qZ2', 'somebody'), /^must have at least 8 characters$/)
  t.equal(await short.problem('vK7#qZ2!', 'somebody'), undefined)
})

t.test('every character of a password counts, but not how it is composed [A8, A10]', async (t) => {
  const text = `${'Ünïcode pàssphrase 😀 '.repeat(5)}end`
  const stored = await passwords.hash(text.normalize('NFC'))
  t.ok(await passwords.matches(text.normalize('NFD'), stored), 'NFC and NFD are one password')
  const others = [
    text.slice(1),
    text.slice(0, -1),
    `${text} `,
    ` ${text}`,
    text.toLowerCase(),
    text.normalize('NFKC').replace('😀', '😁')
  ]
  for (const other of others) t.notOk(await passwords.matches(other, stored), escaped(other.slice(0, 12)))
})

const EASY = 'is too easy to guess. Use several words that do not belong together'

t.test('a password that is easy to guess, or contains the name, is rejected with the reason [A9]', async (t) => {
  const { problem } = short
  const repeated = ['aaaaaaaa', '11111111', '😀😀😀😀😀😀😀😀', '        ', 'é'.repeat(15), 'e\u0301'.repeat(15)]
  const common = [
    ...['password', 'PASSWORD', 'Password1', 'password1234567', 'passwordpassword', '12345678'],
    ...['123456789012345', '987654321098765', 'qwertyuiop', 'abcdefghijklmno', 'iloveyou', 'iloveyou!!'],
    ...['football', '!!letmein!!']
  ]
  for (const text of [...repeated, ...common]) t.equal(await problem(text, 'hroswitha'), EASY, escaped(text))
  const named = [
    ...['hroswitha', 'HrosWitha', 'hroswitha else here', 'my name is HROSWITHA', `in ${PROJECT_NAME} now`],
    ...[`THE ${PROJECT_NAME.replaceAll('-', ' ').toUpperCase()}!!`, PROJECT_NAME.replaceAll('-', '').repeat(3)]
  ]
  for (const text of named) {
    t.match(await problem(text, 'hroswitha'), /^must not contain the user name or the name of/, text)
  }
  const composed = await problem('jürgen and a horse', 'jürgen')
  const decomposed = await problem('ju\u0308rgen and a horse', 'jürgen')
  t.equal(composed, decomposed, 'composed or decomposed')
  t.match(decomposed, /user name/)
  for (const text of ['a\0bcdefgh!', 'ab\ud800cdefgh!']) {
    t.match(await problem(text, 'hroswitha'), /NUL or unpaired/, escaped(text))
  }
})

t.test('making a weak password longer does not make it acceptable [A9]', async (t) => {
  const texts = [
    ...['Passw0rd!Passw0rd!', '11111111111111112', 'adminadminadmin1', 'summer2026summer2026', 'clinicclinicclinic'],
    ...['password password1', 'january2026january', 'qwertyqwertyqwerty1', 'asdfghjkl asdfghjkl', '20261124 20261124'],
    ...['zaq12wsxzaq12wsx', 'aaaaaaaaaaaaaaab', 'dog dog dog dog dog', `${'a'.repeat(200)} and an unguessable rest`]
  ]
  for (const text of texts) t.equal(await passwords.problem(text, 'somebody'), EASY, text)
  t.equal(await passwords.problem('berengar berengar', 'somebody'), undefined)
  t.equal(await passwords.problem('berengar berengar', 'somebody', ['berengar']), EASY, 'the name of another user')
})

t.test('a password needs no particular kinds of characters [A10]', async (t) => {
  const { problem } = passwords
  const texts = [
    ...['correct horse b', 'quite plain words only', ' leading and trailing ', '😀🎈🚀🌍🍕🎸🐙🌵🏔⚡🔑🧩🪁🦊🍀'],
    ...['漢字仮名交じり文の長い合言葉です', 'יש כאן סיסמה ארוכה', '<script>alert(1)', 'my dog is big ok'],
    ...['i like my house a lot', 'eleven purple wagons']
  ]
  for (const text of texts) t.equal(await problem(text, 'somebody'), undefined, escaped(text))
  await t.resolves(
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        return (await problem(text.normalize('NFC'), 'x')) === (await problem(text.normalize('NFD'), 'x'))
      })
    )
  )
})

t.test('a generated password is always accepted, whatever the shortest one is [A9]', async (t) => {
  for (let n = 0; n < 20; n++) t.equal(await passwords.problem(generatePassword(), 'somebody'), undefined)
  const { accounts } = await build(t, { PASSWORD_MIN_LENGTH: '64' })
  const { password } = await accounts.add({ username: 'anna', roles: [] })
  t.equal(password.length, 64)
})

t.test('other requests are served while the strength of hostile passwords is estimated [A9, L1]', async (t) => {
  const { app } = await build(t)
  const alphabets = ['4@8({[<369!1|/\\0$5+7%2', 'ab', '0123456789', 'i1!l|7', 'qwerty', '()[]{}<>', 'aA4@']
  let estimated = 0
  const estimates = alphabets.map(async (alphabet) => {
    const text = Array.from({ length: 1024 }, (_, n) => alphabet[(n * n + 7) % alphabet.length]).join('')
    await passwords.problem(text, 'somebody')
    estimated++
  })
  t.equal((await app.inject('/health/live')).statusCode, 200)
  t.ok(estimated < alphabets.length)
  await Promise.all(estimates)
})
