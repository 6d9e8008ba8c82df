// The form to sign in has a token of its own, so that no other site can sign a visitor in.

import t from 'tap'
import { login_failure } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { type Visitor, visitor } from '../support/pages.ts'
import { addAdministrator, PASSWORD, signInOnPage } from './administrators.ts'
import { formState } from './form-targets.ts'
import { BROWSER, isFormRefused } from './page-checks.ts'

type Fields = Record<string, string | string[]>
type Attempt = [name: string, from: Visitor, fields: Fields, headers?: Record<string, string>]

const { app, db } = await build(t)

t.test('the form to sign in needs its own token, and signing in replaces that token [F8]', async (t) => {
  const { username } = await addAdministrator(db)
  const [browser, other] = [visitor(app), visitor(app)]
  const own = await tokenOf(browser, '/login', '/login')
  const tokenOfOther = await tokenOf(other, '/login', '/login')
  const inside = await signInOnPage(app, await addAdministrator(db), BROWSER)
  const tokenOfSession = await tokenOf(inside, '/', '/logout')
  const credentials = { username, password: PASSWORD }
  const attempts: Attempt[] = [
    ['no token', browser, {}],
    ['garbage', browser, { _csrf: 'garbage' }],
    ['the token of another visitor', browser, { _csrf: tokenOfOther }],
    ['the token twice', browser, { _csrf: [own, own] }],
    ['the token without its secret', visitor(app), { _csrf: own }],
    ['the token of a session', inside, { _csrf: tokenOfSession }],
    ['a body as text', browser, { _csrf: own }, { 'content-type': 'text/plain' }],
    ['the origin of another site', browser, { _csrf: own }, { origin: 'https://evil.test' }],
    ['a header that names another site', browser, { _csrf: own }, { 'sec-fetch-site': 'cross-site' }]
  ]
  const before = await formState(db)
  for (const [name, from, fields, headers] of attempts) {
    isFormRefused(t, await from.send('POST', '/login', { ...credentials, ...fields }, headers), name)
  }
  t.strictSame(await formState(db), before, 'nobody was signed in')
  t.equal(await db.$count(login_failure), 0, 'no password was checked')

  t.equal((await browser.send('POST', '/login', { ...credentials, _csrf: own })).statusCode, 302)
  const rotated = await tokenOf(browser, '/', '/logout')
  t.not(rotated, own)
  isFormRefused(t, await browser.send('POST', '/logout', { _csrf: own }), 'signing out with the token of the sign-in')
  t.equal((await browser.send('POST', '/logout', { _csrf: rotated })).statusCode, 302)
})

async function tokenOf(browser: Visitor, page: string, action: string): Promise<string> {
  return String((await browser.form(page, action)).fields._csrf)
}
