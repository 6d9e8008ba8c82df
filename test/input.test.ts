// What is made of text that comes from outside: instants, dates, names, passwords, paths. No server is needed.

import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { loggedPath, PATH_LENGTH } from '../src/access-log.ts'
import { canonicalUsername, USERNAME_LENGTH } from '../src/accounts.ts'
import { formatInstant, fromNow, parseDate, parseInstant } from '../src/instants.ts'
import { createPasswords, generatePassword } from '../src/passwords.ts'
import { policyTable, type RouteEntry } from '../src/policy-table.ts'

const FIRST = new Date('0001-01-01T00:00:00Z')
const LAST = new Date('9999-12-31T23:59:59.999Z')
const anyDate = fc.date({ min: FIRST, max: LAST, noInvalidDate: true })
const anyText = fc.string({ unit: 'binary' })

// Texts that look like a date-time, right and wrong ones: digits up to just beyond what exists.
const digits = (width: number, max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(width, '0'))
const days = fc.tuple(fc.oneof(digits(4, 9999), digits(4, 4)), digits(2, 13), digits(2, 32))
const times = fc.tuple(digits(2, 25), digits(2, 61), digits(2, 61), fc.constantFrom('', '.5', '.050', '.1230', '.0001'))
const offsets = fc.oneof(
  fc.constantFrom('', 'Z', 'z', '+00:00', '-00:00', '+0100', '+24:00', '-12:60', ' '),
  fc
    .tuple(fc.constantFrom('+', '-'), digits(2, 24), digits(2, 60))
    .map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`)
)
const dateTimes = fc
  .tuple(days, fc.constantFrom('T', 't', ' '), times, offsets)
  .map(([day, letter, [h, m, s, fraction], offset]) => `${day.join('-')}${letter}${h}:${m}:${s}${fraction}${offset}`)

const NO_DAYS = [
  ...['0000-00-00', '0000-01-01', '2023-02-29', '2023-02-30', '1900-02-29', '2024-13-01', '2024-00-10'],
  ...['2024-01-00', '2024-04-31']
]
const NO_TIMES = [
  ...['24:00:00Z', '23:60:00Z', '23:59:60Z', '00:00:00+24:00', '00:00:00-00:60', '00:00:00+0100'],
  ...['00:00:00Z+01:00', '00:00Z', '0:00:00Z', '00:00:00.Z', '00:00:00.0001Z', '00:00:00,5Z', '00:00:00 Z'],
  ...['']
]
const NO_SPELLINGS = [
  ...['', '1', 'now', 'Invalid Date', 'Jan 1 2024', '1704067200000', '+275760-09-13T00:00:00.001Z'],
  ...['-000001-01-01T00:00:00Z', '+002024-01-01T00:00:00Z', '２０２４-01-01T00:00:00Z', '2024-01-01T0０:00:00Z'],
  ...['2024-1-1T00:00:00Z', '20240101T000000Z', '2024-W01-1T00:00:00Z', '2024-001T00:00:00Z'],
  ...[' 2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z ', '2024-01-01T00:00:00Z\n', '2024-01-01T00:00:00Z\0'],
  ...['2024-01-01T', '2024-01-01Z']
]

t.test('H5: an instant that does not exist, or is written otherwise, is refused', async (t) => {
  const texts = [
    ...NO_SPELLINGS,
    ...NO_DAYS.map((day) => `${day}T00:00:00Z`),
    ...NO_TIMES.map((time) => `2024-01-01T${time}`)
  ]
  const outside = ['0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59.999-00:01', '10000-01-01T00:00:00Z', '2024-01-01']
  for (const text of [...texts, ...outside]) t.equal(parseInstant(text), undefined, escaped(text))
})

t.test('H5: an instant is read with its offset, and without one as UTC', async (t) => {
  const midnight = Date.UTC(2024, 1, 29)
  const texts: [text: string, milliseconds: number][] = [
    ['2024-02-29T00:00:00Z', midnight],
    ['2024-02-29t00:00:00z', midnight],
    ['2024-02-29T00:00:00', midnight],
    ['2024-02-29T00:00:00.000000', midnight],
    ['2024-02-29T00:00:00.5', midnight + 500],
    ['2024-02-29T00:00:00.05Z', midnight + 50],
    ['2024-02-29T00:00:00.005000Z', midnight + 5],
    ['2024-02-29T05:30:00+05:30', midnight],
    ['2024-02-28T12:00:00-12:00', midnight],
    ['2024-02-29T00:00:00-00:00', midnight],
    ['2024-02-29T23:59:00+23:59', midnight],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['0001-01-01T00:00:00Z', FIRST.getTime()],
    ['9999-12-31T23:59:59.999Z', LAST.getTime()]
  ]
  for (const [text, milliseconds] of texts) t.equal(parseInstant(text), milliseconds, text)
})

t.test('H5: every instant of the years 1 to 9999 is written so that it reads back to the millisecond', async (t) => {
  holds(t, anyDate, (date) => {
    const text = formatInstant(date.getTime())
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(text) && parseInstant(text) === date.getTime()
  })
  t.equal(formatInstant(0), '1970-01-01T00:00:00Z')
  t.equal(formatInstant(-1), '1969-12-31T23:59:59.999Z')
  const before = Date.now()
  const hourAgo = parseInstant(fromNow(-3_600_000)) ?? Number.NaN
  t.ok(hourAgo >= before - 3_600_000 && hourAgo <= Date.now() - 3_600_000, 'fromNow counts in milliseconds')
})

t.test('H5: what is accepted is the instant that arithmetic gives, and what exists is accepted', async (t) => {
  holds(t, dateTimes, (text) => parseInstant(text) === calculated(text))
})

t.test('H5: a date that does not exist, or is written otherwise, is refused', async (t) => {
  const texts = [...NO_SPELLINGS, ...NO_DAYS, ...NO_DAYS.map((day) => `${day}T00:00:00`)]
  for (const text of [...texts, ...NO_TIMES.filter(Boolean).map((time) => `2024-01-01T${time}`)]) {
    t.equal(parseDate(text), undefined, escaped(text))
  }
})

t.test('H5, H6: a date is what was written, whatever time and offset follow', async (t) => {
  for (const time of ['', 'T00:00:00', 'T23:59:59.999Z', 'T00:00:00+14:00', 'T23:59:59-12:00', 't00:00:00z']) {
    t.equal(parseDate(`2024-02-29${time}`), '2024-02-29', time)
  }
  holds(t, days, (parts) => {
    const text = parts.join('-')
    return parseDate(text) === (calculated(`${text}T00:00:00Z`) === undefined ? undefined : text)
  })
})

t.test('H5: no text makes the parsers throw, and what they accept they accept again', async (t) => {
  const close = fc
    .tuple(dateTimes, fc.nat(30), anyText)
    .map(([text, at, junk]) => text.slice(0, at) + junk + text.slice(at))
  holds(t, fc.oneof(anyText, dateTimes, close), (text) => {
    const milliseconds = parseInstant(text)
    const date = parseDate(text)
    return (
      (milliseconds === undefined || parseInstant(formatInstant(milliseconds)) === milliseconds) &&
      (date === undefined || (parseDate(date) === date && text.startsWith(date)))
    )
  })
})

t.test('H6: instants and dates are the same in every time zone of the server', async (t) => {
  const texts = [
    ...['1971-07-30T00:00:00', '2024-03-31T02:30:00', '2024-03-10T02:30:00.5', '2011-12-30T12:00:00'],
    ...['2024-02-29', '2024-11-03T01:30:00-04:00', '0001-01-01T00:00:00Z', '1883-11-18T12:00:00']
  ]
  const module = pathToFileURL(`${import.meta.dirname}/../src/instants.ts`)
  const script = `
    import { formatInstant, parseDate, parseInstant } from '${module}'
    const give = (text) => [parseDate(text), parseInstant(text), formatInstant(parseInstant(text) ?? 0)]
    const zone = new Date(1e12).getTimezoneOffset()
    console.log(JSON.stringify({ zone, given: ${JSON.stringify(texts)}.map(give) }))`
  const zones = ['UTC', 'Pacific/Kiritimati', 'America/New_York']
  const runs = zones.map(async (TZ) => {
    const options = { env: { ...process.env, TZ } }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
    return JSON.parse(stdout) as { zone: number; given: unknown[] }
  })
  const [utc, ...others] = await Promise.all(runs)
  t.strictSame([utc?.zone, ...others.map(({ zone }) => zone)], [0, -840, 240], 'the zones are in force')
  t.match(utc?.given[0], ['1971-07-30', Date.UTC(1971, 6, 30), '1971-07-30T00:00:00Z'])
  for (const { given } of others) t.strictSame(given, utc?.given)
})

t.test('F15: the spellings of a name are one account', async (t) => {
  for (const typed of [
    'admin',
    'Admin',
    'ADMIN',
    ' admin ',
    '\tadmin\n',
    'ａｄｍｉｎ',
    'ⓐdmin',
    '𝐚𝐝𝐦𝐢𝐧',
    '\u3000admin',
    '\u00a0admin'
  ]) {
    t.equal(canonicalUsername(typed), 'admin', escaped(typed))
  }
  for (const typed of ['Ädmin', 'ädmin', 'A\u0308dmin']) t.equal(canonicalUsername(typed), 'ädmin', escaped(typed))
  for (const typed of ['J\u030c', 'j\u030c', '\u01f0']) t.equal(canonicalUsername(typed), '\u01f0', escaped(typed))
  t.equal(canonicalUsername('Лев שלום 李 😀'), 'лев שלום 李 😀')
  holds(t, anyText, (typed) => {
    const name = canonicalUsername(typed)
    return name === undefined || (canonicalUsername(name) === name && canonicalUsername(` ${name}\n`) === name)
  })
})

t.test('F15: a name that is empty, too long, or holds what cannot be seen is no name', async (t) => {
  const none = ['', ' ', '\t\n', '\u3000', 'a\0', 'a\u0007b', 'a\nb', 'a\u2028b', 'a\u2029b', 'a\ud800', '\udfff']
  for (const typed of none) {
    t.equal(canonicalUsername(typed), undefined, escaped(typed))
  }
  // Zero-width and bidirectional controls, soft hyphen, tag, private use, unassigned.
  const hidden = ['\u200b', '\u200d', '\ufeff', '\u2060', '\u202e', '\u2066', '\u00ad', '\u{e0041}', '\ue000', '\u0378']
  // Not controls by their category, but drawn as nothing: joiner, variation selectors, fillers.
  const blank = ['\u034f', '\ufe0f', '\u{e0100}', '\u115f', '\u1160', '\u3164', '\uffa0', '\u17b4', '\u180b']
  for (const character of [...hidden, ...blank]) {
    t.equal(canonicalUsername(`ad${character}min`), undefined, escaped(character))
  }
  for (const letter of ['a', '😀', '李']) {
    t.equal(canonicalUsername(letter.repeat(USERNAME_LENGTH)), letter.repeat(USERNAME_LENGTH))
    t.equal(canonicalUsername(letter.repeat(USERNAME_LENGTH + 1)), undefined)
  }
  t.equal(canonicalUsername('ﷺ'.repeat(4)), undefined, 'what counts is the length of what is stored')
})

t.test('A8: a password is as long as it has code points, from the minimum to 1,024 bytes', async (t) => {
  const { problem } = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 15 })
  const refused = /^must have at least 15 characters$/
  const text = 'ab😀cé李d🎈e fghij klmno pqrs'
  const points = [...text]
  t.match(problem(points.slice(0, 14).join(''), 'somebody'), refused)
  t.equal(problem(points.slice(0, 15).join(''), 'somebody'), undefined)
  t.match(problem('', 'somebody'), refused)
  t.match(problem('😀🎈'.repeat(7), 'somebody'), refused, '28 UTF-16 units, 56 bytes, 14 characters')

  const long = (length: number) =>
    `${generatePassword()
      .repeat(Math.ceil(length / 20))
      .slice(0, length - 1)}!`
  for (const length of [64, 128, 1024]) t.equal(problem(long(length), 'somebody'), undefined, `${length} characters`)
  t.equal(problem(long(1025), 'somebody'), 'must have at most 1024 bytes')
  t.equal(problem(`${'李'.repeat(341)}x`, 'somebody'), undefined)
  t.equal(problem(`${'李'.repeat(341)}xy`, 'somebody'), 'must have at most 1024 bytes')

  const short = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 8 })
  t.match(short.problem('vK7#qZ2', 'somebody'), /^must have at least 8 characters$/)
  t.equal(short.problem('vK7#qZ2!', 'somebody'), undefined)
})

t.test('A8, A10: every character of a password matters, and none of its composition', async (t) => {
  const passwords = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 15 })
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

t.test('A9: a common or repeated password, or one with the name in it, is refused with the reason', async (t) => {
  const { problem } = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 8 })
  const repeated = ['aaaaaaaa', '11111111', '😀😀😀😀😀😀😀😀', '        ', 'é'.repeat(15), 'e\u0301'.repeat(15)]
  for (const text of repeated) t.equal(problem(text, 'hroswitha'), 'must not be one repeated character', escaped(text))
  const common = [
    ...['password', 'PASSWORD', 'Password1', 'password1234567', 'passwordpassword', '12345678'],
    ...['123456789012345', '987654321098765', 'qwertyuiop', 'abcdefghijklmno', 'iloveyou', 'iloveyou!!'],
    ...['football', '!!letmein!!']
  ]
  for (const text of common) t.equal(problem(text, 'hroswitha'), 'is a common password', text)
  const named = [
    ...['hroswitha', 'HrosWitha', 'hroswitha else here', 'my name is HROSWITHA', 'clinic-rest-server'],
    ...['The Clinic Rest Server!']
  ]
  for (const text of named) t.match(problem(text, 'hroswitha'), /^must not contain the user name or the name of/, text)
  t.equal(
    problem('jürgen and a horse', 'jürgen'),
    problem('ju\u0308rgen and a horse', 'jürgen'),
    'however it is composed'
  )
  t.match(problem('ju\u0308rgen and a horse', 'jürgen'), /user name/)
  for (const text of ['a\0bcdefgh!', 'ab\ud800cdefgh!'])
    t.match(problem(text, 'hroswitha'), /NUL or unpaired/, escaped(text))
})

t.test('A10: nothing is asked of what a password is made of', async (t) => {
  const { problem } = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 15 })
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
  for (let n = 0; n < 20; n++) t.equal(problem(generatePassword(), 'somebody'), undefined)
})

t.test('E8: a path is logged in printable ASCII, cut, and without its query', async (t) => {
  const paths: [target: string, logged: string][] = [
    ['/api/sample/?name=Ada', '/api/sample/'],
    ['/?', '/'],
    ['?x', '/'],
    ['', '/'],
    ['/a#b', '/a'],
    ['http://user@host/a?b', '/a'],
    ['/a?b?c', '/a'],
    ['/%0d%0a%1b%00', '/%0d%0a%1b%00'],
    ['/a b\r\n\t\x1b[31m\0\x7f', '/a%20b%0D%0A%09%1B[31m%00%7F'],
    [`/'"<script>`, `/'"<script>`],
    [Buffer.from('/é').toString('latin1'), '/%C3%A9'], // as Node gives it
    [`/${'x'.repeat(10_000)}`, `/${'x'.repeat(PATH_LENGTH - 1)}`]
  ]
  for (const [target, logged] of paths) t.equal(loggedPath(target), logged, escaped(target.slice(0, 40)))
  holds(
    t,
    fc.oneof(anyText, fc.string({ unit: 'binary', minLength: 900, maxLength: 1100 }), loneSurrogates),
    (target) => {
      const logged = loggedPath(target)
      return /^[\x21-\x7e]*$/.test(logged) && !logged.includes('?') && logged.length <= PATH_LENGTH
    }
  )
  holds(t, fc.webPath(), (path) => loggedPath(`${path}?query`) === (path.slice(0, PATH_LENGTH) || '/'))
})

t.test('the table of routes has a line for each, in columns', async (t) => {
  const routes: RouteEntry[] = [
    { method: 'GET', path: '/', policy: 'public', session: false },
    { method: 'DELETE', path: '/api/thing/:id', policy: ['admin', 'user'], session: false },
    { method: 'POST', path: '/api/thing', policy: 'refresh token', session: false },
    { method: 'PUT', path: '/api/me', policy: 'any account', session: true }
  ]
  t.equal(
    policyTable(routes),
    [
      'GET     /               public\n',
      'DELETE  /api/thing/:id  role admin or user\n',
      'POST    /api/thing      refresh token\n',
      'PUT     /api/me         any account, by session\n'
    ].join('')
  )
  t.equal(policyTable([]), '')
})

const loneSurrogates = fc
  .array(fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)))
  .map((units) => units.join(''))

/** Asserts a property of all values of a kind. */
function holds<Value>(t: Test, values: fc.Arbitrary<Value>, property: (value: Value) => boolean): void {
  t.doesNotThrow(() => fc.assert(fc.property(values, property), { numRuns: 2_000 }))
}

// The instant of a date-time by arithmetic alone, and undefined where there is none: days are counted, not parsed.
function calculated(text: string): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))?$/.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number
  ]
  const [fraction = '', sign, hours = '0', minutes = '0'] = parts.slice(7)
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  if (year < 1 || month < 1 || day < 1 || day > (lengths[month - 1] ?? 0)) return undefined
  if (hour > 23 || minute > 59 || second > 59 || Number(hours) > 23 || Number(minutes) > 59) return undefined
  if (/[1-9]/.test(fraction.slice(3))) return undefined

  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  const dayOfYear = lengths.slice(0, month - 1).reduce((sum, length) => sum + length, 0) + day - 1
  const since1970 = before * 365 + leapDays + dayOfYear - 719_162
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  const seconds = ((since1970 * 24 + hour) * 60 + minute - offset) * 60 + second
  const milliseconds = seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  return milliseconds < FIRST.getTime() || milliseconds > LAST.getTime() ? undefined : milliseconds
}

// Test names are lines of ASCII.
function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
