// The list of users: slices in order, search, filters, and what each row shows.

import { eq, inArray } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { fromNow } from '../../src/instants.ts'
import { user } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { link, table } from '../support/page-content.ts'
import { forms, text, type Visitor } from '../support/pages.ts'
import {
  insertAccount,
  insertAccounts,
  insertTokens,
  MINUTE,
  openAs,
  openAsAdministrator
} from './inserted-accounts.ts'

const DAY = 24 * 60 * MINUTE

const ODD_NAMES = [
  '50%',
  '5000',
  'a_b',
  'axb',
  'a\\b',
  "o'brien",
  'zoë 李',
  'ädmin',
  '😀',
  'a&b=c#d?e+f',
  'a-b',
  'a b',
  'ab',
  '_x',
  '\ufffdz'
]

const WARDS = Array.from({ length: 159 }, (_, index) => `ward ${String(index).padStart(3, '0')}`)

t.test('the links Next and Previous lead through all users in order, also in a search [H11]', async (t) => {
  const server = await build(t)
  const { db } = server
  await insertAccounts(db, [...ODD_NAMES, ...WARDS], ['user'])
  const admin = await openAsAdministrator(server)

  const forwards = await follow(t, admin, '/', 'Next')
  const all = forwards.slices.flat()
  t.strictSame([...all].sort(), ['grace', ...ODD_NAMES, ...WARDS].sort(), 'every name once')
  t.strictSame(lengths(forwards.slices), [50, 50, 50, 25])
  t.strictSame(
    all.filter((name) => /^[a-z]/i.test(name.normalize('NFD')) && !name.startsWith('ward')),
    ['a b', 'a&b=c#d?e+f', 'a-b', 'a\\b', 'a_b', 'ab', 'ädmin', 'axb', 'grace', "o'brien", 'zoë 李'],
    'an accent does not change where a name stands'
  )
  t.match(text((await admin.get('/?page=4')).payload), '175 users, 151–175')
  const backwards = await follow(t, admin, forwards.last, 'Previous')
  t.strictSame(backwards.slices.reverse().flat(), all, 'the same names backwards')

  const found = await follow(t, admin, '/?q=WARD+', 'Next')
  t.strictSame(found.slices.flat(), WARDS, 'a search has slices, too')
  t.equal(found.slices.length, 4)
  t.match(text((await admin.get('/?q=ward')).payload), '159 users, 1–50')
  t.strictSame((await follow(t, admin, found.last, 'Previous')).slices.reverse().flat(), WARDS)

  await db.delete(user).where(inArray(user.username, WARDS.slice(0, 75)))
  t.strictSame(lengths((await follow(t, admin, '/', 'Next')).slices), [50, 50], 'no page is empty')
  const beyond = (await admin.get('/?page=4')).payload
  t.match(text(beyond), 'There are no users on this page')
  t.equal(link(beyond, 'Previous'), '/?page=2', 'the way back leads to the last page that there is')
})

t.test('a search is taken literally, and in any spelling [H11, F15]', async (t) => {
  const server = await build(t)
  const admin = await openAsAdministrator(server)
  await insertAccounts(server.db, [...ODD_NAMES, ...WARDS], ['user'])
  for (const [q, expected] of [
    ['%', ['50%']],
    ['50%', ['50%']],
    ['_', ['_x', 'a_b']],
    ['a_b', ['a_b']],
    ['\\', ['a\\b']],
    ["'", ["o'brien"]],
    ["O'BRIEN", ["o'brien"]],
    ["' OR 1=1--", []],
    ['%%', []],
    ['ZOË', ['zoë 李']],
    ['zoe\u0308', ['zoë 李']],
    ['ＡＸＢ', ['axb']],
    ['ÄDM', ['ädmin']],
    [' ward 001 ', ['ward 001']],
    ['😀', ['😀']],
    ['a&b=c#d', ['a&b=c#d?e+f']],
    ['ward 001'.repeat(9), []],
    ['x'.repeat(64), []],
    ['x'.repeat(1000), []],
    ['%'.repeat(1000), []],
    ['{{7*7}}', []]
  ] as [string, string[]][]) {
    const response = await admin.get(`/?q=${encodeURIComponent(q)}`)
    t.equal(response.statusCode, 200)
    const found = table(response.payload).map(({ Name }) => Name)
    t.strictSame(found.sort(), expected, `the search for ${q.slice(0, 20)}`)
    t.equal(forms(response.payload).find(({ method }) => method === 'get')?.fields.q, q)
    if (expected.length === 0) t.match(text(response.payload), `No name contains “${q.replace(/\s+/g, ' ')}”.`)
  }
})

t.test('a name is found by its words in any order, with or without accents', async (t) => {
  const server = await build(t)
  const admin = await openAsAdministrator(server)
  await insertAccounts(server.db, [
    'anna müller',
    'bernd mueller',
    'muller',
    'o’brien',
    'élodie weiß',
    'sørensen',
    'zoë'
  ])
  for (const [q, expected] of [
    ['mueller', ['anna müller', 'bernd mueller']],
    ['muller', ['anna müller', 'bernd mueller', 'muller']],
    ['MÜLLER', ['anna müller', 'bernd mueller', 'muller']],
    ['müller anna', ['anna müller']],
    ['ann mül', ['anna müller']],
    ["o'brien", ['o’brien']],
    ['o’brien', ['o’brien']],
    ['obrien', ['o’brien']],
    ['weiss elodie', ['élodie weiß']],
    ['soerensen', ['sørensen']],
    ['sorensen', ['sørensen']],
    ['zoe', ['zoë']],
    ['mueller bernd anna', []]
  ] as [string, string[]][]) {
    t.strictSame(names((await admin.get(`/?q=${encodeURIComponent(q)}`)).payload), expected, q)
  }
})

t.test('the list is filtered by role, state and last sign-in', async (t) => {
  const server = await build(t)
  const { app, db, accounts } = server
  const admin = await openAsAdministrator(server)
  const [, berta = 0, carla = 0, dora = 0] = await insertAccounts(db, ['anna', 'berta', 'carla', 'dora'], ['user'])
  await insertAccount(server, 'without')
  await accounts.setDisabled(berta, true)
  const change = async (id: number, values: Partial<typeof user.$inferInsert>) =>
    await db.update(user).set(values).where(eq(user.id, id))
  const long = fromNow(-91 * DAY)
  await change(berta, { created_at: long })
  await change(carla, { created_at: long, last_login: long })
  await change(dora, { created_at: long, last_login: fromNow(-89 * DAY) })
  for (let tries = 0; tries < 10; tries++) {
    await app.inject({ method: 'POST', url: '/api/auth/', payload: { username: 'dora', password: 'wrong' } })
  }
  for (const [query, expected] of [
    ['role=user', ['anna', 'berta', 'carla', 'dora']],
    ['role=admin', ['grace']],
    ['role=-', ['without']],
    ['role=unknown', []],
    ['state=disabled', ['berta']],
    ['state=enabled&role=user', ['anna', 'carla', 'dora']],
    ['state=locked', ['dora']],
    ['last=never', ['anna', 'berta', 'grace', 'without']],
    ['last=inactive', ['berta', 'carla']],
    ['last=inactive&state=enabled&role=user&q=CAR', ['carla']],
    ['q=&role=&state=&last=&sort=', ['anna', 'berta', 'carla', 'dora', 'grace', 'without']]
  ] as [string, string[]][]) {
    const { payload } = await admin.get(`/?${query}`)
    t.strictSame(names(payload), expected, query)
    t.match(text(payload), `${expected.length} user${expected.length === 1 ? '' : 's'}`)
    const file = (await admin.get(link(payload, 'Download CSV') ?? '')).payload.trimEnd().split('\r\n').slice(1)
    t.strictSame(
      file.map((line) => line.split(',')[1]),
      expected,
      `the file for ${query}`
    )
  }
  t.hasStrict(table((await admin.get('/?q=dora')).payload), [{ State: '✕ locked' }])
})

t.test('the headers sort the list, and say how it is sorted', async (t) => {
  const server = await build(t)
  const { db } = server
  const admin = await openAsAdministrator(server)
  const ids = await insertAccounts(db, ['anna', 'berta', 'carla'])
  for (const [index, id] of ids.entries()) {
    const last_login = index === 1 ? null : fromNow(-(3 - index) * DAY)
    const created_at = fromNow(-(index + 1) * DAY)
    await db.update(user).set({ created_at, last_login }).where(eq(user.id, id))
  }
  const orders: Record<string, string[]> = {}
  let { payload } = await admin.get('/?role=-')
  for (const label of ['Name', 'Name', 'Last sign-in', 'Last sign-in', 'Added', 'Added']) {
    const [, address = ''] = new RegExp(`class="sort" href="([^"]*)">${label}`).exec(payload) ?? []
    payload = (await admin.get(address.replaceAll('&amp;', '&'))).payload
    const sorted = [...payload.matchAll(/<th\b[^>]*aria-sort="(\w+)"[^>]*><a[^>]*>([\w\s-]+?) ?</g)]
    t.equal(sorted.length, 1)
    orders[`${sorted[0]?.[2]} ${sorted[0]?.[1]}`] = names(payload)
  }
  t.strictSame(orders, {
    'Name descending': ['carla', 'berta', 'anna'],
    'Name ascending': ['anna', 'berta', 'carla'],
    'Last sign-in descending': ['carla', 'anna', 'berta'],
    'Last sign-in ascending': ['anna', 'carla', 'berta'],
    'Added descending': ['anna', 'berta', 'carla'],
    'Added ascending': ['carla', 'berta', 'anna']
  })
})

t.test('each row shows roles, state, last sign-in, and on how many devices the user is signed in', async (t) => {
  const server = await build(t)
  const { db, accounts } = server
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna', 'user')
  const berta = await insertAccount(server, 'berta', 'user')
  await insertAccount(server, 'carla', 'user')
  await insertTokens(db, anna.id, [{}, {}, {}, { expiry: fromNow(-MINUTE) }, { blocked: true }, { rotated: fromNow() }])
  await openAs(server, anna.id)
  await insertTokens(db, berta.id, [{}])

  const rows = table((await admin.get('/')).payload)
  const rowOf = (name: string) => rows.find(({ Name }) => Name === name)
  t.hasStrict(rowOf('anna'), { 'Signed in': '4 devices', Roles: 'user', State: '● enabled', 'Last sign-in': 'never' })
  t.hasStrict(rowOf('berta'), { 'Signed in': '1 device' })
  t.hasStrict(rowOf('carla'), { 'Signed in': 'no' })
  await accounts.setDisabled(anna.id, true)
  t.hasStrict(table((await admin.get('/?q=anna')).payload), [{ 'Signed in': 'no', State: '○ disabled' }])
})

t.test('the file has all users, and no cell that a spreadsheet would run [E16]', async (t) => {
  const server = await build(t)
  const admin = await openAsAdministrator(server)
  await insertAccounts(server.db, ['=cmd()', '+1', '-1', '@a', 'a,"b"', ...WARDS], ['user'])
  await insertAccounts(
    server.db,
    Array.from({ length: 900 }, (_, index) => `many ${index}`)
  )
  const { headers, payload } = await admin.get('/users/users.csv')
  t.equal(headers['content-type'], 'text/csv; charset=utf-8')
  t.match(headers['content-disposition'], /^attachment; filename="users-\d{4}-\d\d-\d\d\.csv"$/)
  const lines = payload.trimEnd().split('\r\n')
  t.equal(lines[0], 'id,username,roles,state,last_login,created_at')
  t.equal(lines.length - 1, (await server.accounts.list()).length)
  for (const cell of ["'=cmd()", "'+1", "'-1", "'@a", '"a,""b"""']) {
    t.equal(lines.filter((line) => line.includes(`,${cell},user,enabled,,2`)).length, 1, cell)
  }
})

/** Opens a page and follows its links with this label to the end. Returns the names on each page. */
async function follow(t: Test, browser: Visitor, start: string, label: 'Next' | 'Previous') {
  const slices: string[][] = []
  let last = ''
  for (let url: string | undefined = start; url && slices.length < 10; ) {
    const { statusCode, payload } = await browser.get(url)
    t.equal(statusCode, 200, url)
    slices.push(names(payload))
    last = url
    url = link(payload, label)
  }
  return { slices, last }
}

function lengths(slices: string[][]): number[] {
  return slices.map((slice) => slice.length)
}

function names(html: string): string[] {
  return table(html).map(({ Name = '' }) => Name.replace(/ you$/, ''))
}
