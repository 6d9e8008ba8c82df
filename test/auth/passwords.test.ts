// Which passwords are acceptable, and which passwords match a stored hash. No server is needed.

import fc from 'fast-check'
import t from 'tap'
import { createPasswords, generatePassword } from '../../plugins/auth/passwords.ts'
import { escaped, holds } from '../support/properties.ts'

const passwords = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 15 })
const short = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 8 })

t.test('the length of a password is counted in code points, and is at most 1,024 bytes [A8]', async (t) => {
  const { problem } = passwords
  const tooShort = /^must have at least 15 characters$/
  const text = 'ab😀cé李d🎈e fghij klmno pqrs'
  const points = [...text]
  t.match(problem(points.slice(0, 14).join(''), 'somebody'), tooShort)
  t.equal(problem(points.slice(0, 15).join(''), 'somebody'), undefined)
  t.match(problem('', 'somebody'), tooShort)
  t.match(problem('😀🎈'.repeat(7), 'somebody'), tooShort, '28 UTF-16 units, 56 bytes, 14 characters')

  const long = (length: number) =>
    `${generatePassword()
      .repeat(Math.ceil(length / 20))
      .slice(0, length - 1)}!`
  for (const length of [64, 128, 1024]) t.equal(problem(long(length), 'somebody'), undefined, `${length} characters`)
  t.equal(problem(long(1025), 'somebody'), 'must have at most 1024 bytes')
  t.equal(problem(`${'李'.repeat(341)}x`, 'somebody'), undefined)
  t.equal(problem(`${'李'.repeat(341)}xy`, 'somebody'), 'must have at most 1024 bytes')

  t.match(short.problem('vK7#qZ2', 'somebody'), /^must have at least 8 characters$/)
  t.equal(short.problem('vK7#qZ2!', 'somebody'), undefined)
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

t.test('a common or repeated password, or one that contains the name, is rejected with the reason [A9]', async (t) => {
  const { problem } = short
  const repeated = ['aaaaaaaa', '11111111', '😀😀😀😀😀😀😀😀', '        ', 'é'.repeat(15), 'e\u0301'.repeat(15)]
  for (const text of repeated) t.equal(problem(text, 'hroswitha'), 'must not be one repeated character', escaped(text))
  const common = [
    ...['password', 'PASSWORD', 'Password1', 'password1234567', 'passwordpassword', '12345678'],
    ...['123456789012345', '987654321098765', 'qwertyuiop', 'abcdefghijklmno', 'iloveyou', 'iloveyou!!'],
    ...['football', '!!letmein!!']
  ]
  for (const text of common) t.equal(problem(text, 'hroswitha'), 'is too common', text)
  const named = [
    ...['hroswitha', 'HrosWitha', 'hroswitha else here', 'my name is HROSWITHA', 'clinic-rest-server'],
    ...['The Clinic Rest Server!']
  ]
  for (const text of named) t.match(problem(text, 'hroswitha'), /^must not contain the user name or the name of/, text)
  const composed = problem('jürgen and a horse', 'jürgen')
  const decomposed = problem('ju\u0308rgen and a horse', 'jürgen')
  t.equal(composed, decomposed, 'composed or decomposed')
  t.match(decomposed, /user name/)
  for (const text of ['a\0bcdefgh!', 'ab\ud800cdefgh!']) {
    t.match(problem(text, 'hroswitha'), /NUL or unpaired/, escaped(text))
  }
})

t.test('a password needs no particular kinds of characters [A10]', async (t) => {
  const { problem } = passwords
  const texts = [
    ...['correct horse b', 'quite plain words only', ' leading and trailing ', '😀🎈🚀🌍🍕🎸🐙🌵🏔⚡🔑🧩🪁🦊🍀'],
    ...['漢字仮名交じり文の長い合言葉です', 'יש כאן סיסמה ארוכה', '<script>alert(1)']
  ]
  for (const text of texts) t.equal(problem(text, 'somebody'), undefined, escaped(text))
  holds(
    t,
    fc.string({ unit: 'grapheme' }),
    (text) => problem(text.normalize('NFC'), 'x') === problem(text.normalize('NFD'), 'x')
  )
  for (let n = 0; n < 20; n++)
    t.equal(problem(generatePassword(), 'somebody'), undefined, 'generated passwords are fine')
})
