// No value of `next`, and no address that is asked for, makes the pages redirect to another origin.

import fc from 'fast-check'
import t from 'tap'
import { build } from '../support/app.ts'
import { forms, visitor } from '../support/pages.ts'
import { addAdministrator, signInOnPage } from './administrators.ts'
import { BROWSER } from './page-checks.ts'
import { openWindow } from './web-sessions.ts'

const HOSTILE = [
  'https://evil.test/',
  '//evil.test',
  '///evil.test',
  '////evil.test',
  '/\\evil.test',
  '\\/evil.test',
  '\\\\evil.test',
  '/\\/evil.test',
  '/\t/evil.test',
  '\t//evil.test',
  '/\n/evil.test',
  '/\r\n/evil.test',
  '\u0001//evil.test',
  '/\u0085/evil.test',
  '/\u200b/evil.test',
  ' //evil.test',
  ' /x',
  '/.//evil.test',
  '/..//evil.test',
  '/x/..//evil.test',
  '/%2e//evil.test',
  '/x/%2E%2e//evil.test',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)//',
  '/javascript:/\\evil.test',
  'data:text/html,<script>alert(1)</script>',
  'http:evil.test',
  'http:/evil.test',
  'https:///evil.test',
  'http://localhost:80@evil.test/',
  '@evil.test',
  '.evil.test',
  ':80@evil.test',
  'evil.test',
  '//user:password@evil.test/',
  '//[::1]/',
  '/x\r\nLocation: https://evil.test',
  '/x\\',
  '?x=1',
  '#x',
  ''
]

const { app, db } = await build(t)
const account = await addAdministrator(db)
const { id: _, ...credentials } = account
const browser = visitor(app)
const { fields } = await browser.form('/login', '/login')

t.test('signing in with a hostile `next` opens the first page [F19]', async (t) => {
  for (const next of HOSTILE) {
    const shown = await browser.form(`/login?next=${encodeURIComponent(next)}`, '/login')
    t.equal(shown.fields.next, '/', `${JSON.stringify(next)} is not put into the form`)
    const response = await openWindow(browser, app).send('POST', '/login', { ...fields, ...credentials, next })
    t.match(response, { statusCode: 302, headers: { location: '/' } }, `${JSON.stringify(next)} is not followed`)
  }
})

t.test('a query without a single usable `next` leads to the first page [F19]', async (t) => {
  for (const query of ['next=/x&next=//evil.test', 'next[]=//evil.test', 'next', 'next=%5C%5Cevil.test', 'x=1']) {
    t.equal((await browser.form(`/login?${query}`, '/login')).fields.next, '/', query)
  }
})

t.test('signing in opens the page of this site that was asked for [F19]', async (t) => {
  for (const next of ['/users/1', '/?q=anna', '/account#tokens', '/?q=%C3%A4%26x&after=b', "/a;b:c@d'(e)"]) {
    const visit = visitor(app)
    const asked = await visit.get(next.split('#')[0] ?? '')
    const form = await visit.form(`/login?next=${encodeURIComponent(next)}`, '/login')
    const response = await visit.send('POST', '/login', { ...form.fields, ...credentials })
    t.equal(response.headers.location, next, `${next} is opened`)
    if (asked.statusCode !== 302 || next.includes('#')) continue
    t.equal(asked.headers.location, `/login?next=${encodeURIComponent(next)}`, `${next} asks to sign in first`)
  }
})

t.test('no redirect, form or link leaves this site, whatever `next` is [F19]', async (t) => {
  const admin = await signInOnPage(app, account, BROWSER)
  const { _csrf = '' } = (await admin.form('/', '/logout')).fields
  const pieces = '/ // \\ . .. evil.test : @ ? # %2f %5c %09 %2e %00 \t \n \r http: https:// javascript: ; ä 😀 [ ] %'
  const piece = fc.constantFrom(...pieces.split(' '), ' ', '\0', '\u2028', '\u3002', '\uff0f', '\ud800')
  const anyNext = fc.array(fc.oneof({ weight: 9, arbitrary: piece }, fc.string()), { maxLength: 8 })
  await t.resolves(
    fc.assert(
      fc.asyncProperty(anyNext, fc.boolean(), async (parts, slash) => {
        const next = `${slash ? '/' : ''}${parts.join('')}`
        const sent = await admin.send('POST', `/users/${account.id}/tokens/block`, { _csrf, next })
        const shown = await browser.get(`/login?next=${encodeURIComponent(next.toWellFormed())}`)
        const asked = await app.inject(`/users/${encodeURIComponent(next.toWellFormed())}`)
        const locations = [sent, asked].map(({ headers }) => headers.location ?? '/')
        const inForm = forms(shown.payload)[0]?.fields.next ?? '/'
        const inLink = new URL(asked.headers.location ?? '/', 'http://host/').searchParams.get('next') ?? '/'
        return [...locations, inForm, inLink].every(isHere) && [sent, shown, asked].every((one) => one.statusCode < 500)
      }),
      { numRuns: 200 }
    )
  )
})

function isHere(location: unknown): boolean {
  return new URL(String(location), 'http://host/').origin === 'http://host'
}
