// The list of users: slices in order, search, and what each row shows.

import { inArray } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { fromNow } from '../../src/instants.ts'
import { user } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { link, table } from '../support/page-content.ts'
import { forms, text, type Visitor } from '../support/pages.ts'
import { insertAccount, insertAccounts, insertTokens, MINUTE, openAsAdministrator } from './inserted-accounts.ts'

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
  const { db, accounts } = server
  await insertAccounts(db, [...ODD_NAMES, ...WARDS], ['user'])
  const admin = await openAsAdministrator(server)
  const all = (await accounts.list()).map(({ username }) => username)
  t.strictSame([...all].sort(), ['grace', ...ODD_NAMES, ...WARDS].sort())
  t.equal(all.length, 175)

  const forWARDS = await follow(t, admin, '/', 'Next')
  t.strictSame(forWARDS.slices.flat(), all, 'every name once, in order')
  t.strictSame(lengths(forWARDS.slices), [50, 50, 50, 25])
  const backWARDS = await follow(t, admin, forWARDS.last, 'Previous')
  t.strictSame(backWARDS.slices.reverse().flat(), all, 'the same names backWARDS')

  const found = await follow(t, admin, '/?q=WARD+', 'Next')
  t.strictSame(found.slices.flat(), WARDS, 'a search has slices, too')
  t.equal(found.slices.length, 4)
  t.strictSame((await follow(t, admin, found.last, 'Previous')).slices.reverse().flat(), WARDS)

  await db.delete(user).where(inArray(user.username, WARDS.slice(0, 75)))
  t.strictSame(lengths((await follow(t, admin, '/', 'Next')).slices), [50, 50], 'no page is empty')
  t.match(text((await admin.get('/?after=~~~~&q=ward')).payload), 'No name contains')
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

t.test('each row shows roles, state, last login, and the number of live tokens', async (t) => {
  const server = await build(t)
  const { db, accounts } = server
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna', 'user')
  const berta = await insertAccount(server, 'berta', 'user')
  await insertAccount(server, 'carla', 'user')
  await insertTokens(db, anna.id, [{}, {}, {}, { expiry: fromNow(-MINUTE) }, { blocked: true }, { rotated: fromNow() }])
  await insertTokens(db, berta.id, [{}])

  const rows = table((await admin.get('/')).payload)
  const rowOf = (name: string) => rows.find(({ Name }) => Name === name)
  t.hasStrict(rowOf('anna'), { 'Live tokens': '3', Roles: 'user', State: '● enabled', 'Last login': 'never' })
  t.hasStrict(rowOf('berta'), { 'Live tokens': '1' })
  t.hasStrict(rowOf('carla'), { 'Live tokens': '0' })
  await accounts.setDisabled(anna.id, true)
  t.hasStrict(table((await admin.get('/?q=anna')).payload), [{ 'Live tokens': '0', State: '○ disabled' }])
})

/** Opens a page and follows its links with this label to the end. Returns the names on each page. */
async function follow(t: Test, browser: Visitor, start: string, label: 'Next' | 'Previous') {
  const slices: string[][] = []
  let last = ''
  for (let url: string | undefined = start; url && slices.length < 10; ) {
    const { statusCode, payload } = await browser.get(url)
    t.equal(statusCode, 200, url)
    slices.push(table(payload).map(({ Name = '' }) => Name.replace(/ you$/, '')))
    last = url
    url = link(payload, label)
  }
  return { slices, last }
}

function lengths(slices: string[][]): number[] {
  return slices.map((slice) => slice.length)
}
