// The attributes of the cookies: over http they are for our pages only, over https they are bound to this host as well.

import t from 'tap'
import { build, buildOn } from '../support/app.ts'
import { text, visitor } from '../support/pages.ts'
import { addAdministrator, signInOnPage } from './administrators.ts'
import { FORM } from './page-checks.ts'
import { cookieAttributes, sessionCookie } from './web-sessions.ts'

const HTTPS = { 'x-forwarded-proto': 'https' }
const TO_LOGIN = { statusCode: 302, headers: { location: '/login' } }
const EXPIRED = ['Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax']

const { app, db, env } = await build(t)
const behindProxy = await buildOn(t, { ...env, TRUST_PROXY: '127.0.0.1' })

t.test('over http, cookies are HttpOnly and SameSite=Lax, and signing out deletes them [F3, F4]', async (t) => {
  const browser = visitor(app, HTTPS) // the header has no effect: no trusted proxy has set it
  const page = await browser.get('/login')
  t.strictSame(cookieAttributes(page), { form: ['HttpOnly', 'Path=/', 'SameSite=Lax'] })
  t.equal(page.headers['cache-control'], 'no-store')
  const { id: _, ...credentials } = await addAdministrator(db)
  const response = await browser.submit('/login', '/login', credentials)
  const expected = { session: ['HttpOnly', 'Path=/', 'SameSite=Lax'] }
  t.strictSame(cookieAttributes(response), expected, 'the session cookie has no date of expiry')
  const prefixed = await app.inject({ url: '/', headers: { cookie: `__Host-session=${sessionCookie(browser)}` } })
  t.match(prefixed, { statusCode: 302 }, 'the name of the cookie over https is not accepted')

  t.equal((await browser.get('/')).headers['cache-control'], 'no-store')
  const out = await browser.submit('/', '/logout')
  t.match(out, { statusCode: 302, headers: { location: '/login', 'clear-site-data': '"cache", "storage"' } })
  t.equal(out.headers['cache-control'], 'no-store')
  t.match(cookieAttributes(out), { session: EXPIRED, form: EXPIRED })
  t.equal(browser.cookies.size, 0, 'the browser has no cookie left')
  t.match(await browser.get('/'), TO_LOGIN)
})

t.test('over https, cookies are Secure and __Host-, and signing out deletes them [F3, F4]', async (t) => {
  const browser = visitor(behindProxy.app, HTTPS)
  const { id: _, ...credentials } = await addAdministrator(db)
  const bound = ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']
  t.strictSame(cookieAttributes(await browser.get('/login')), { '__Host-form': bound })
  t.strictSame(cookieAttributes(await browser.submit('/login', '/login', credentials)), { '__Host-session': bound })
  t.match(text((await browser.get('/')).payload), `Signed in as ${credentials.username}`)

  const value = browser.cookies.get('__Host-session')
  const out = await browser.submit('/', '/logout')
  t.match(cookieAttributes(out), { '__Host-session': [...EXPIRED, 'Secure'], '__Host-form': [...EXPIRED, 'Secure'] })
  t.equal(browser.cookies.size, 0)
  t.equal((await openOverHttps(`__Host-session=${value}`)).statusCode, 302)
})

t.test('over https, a cookie without the prefix __Host- is ignored [F4]', async (t) => {
  const account = await addAdministrator(db)
  const browser = await signInOnPage(behindProxy.app, account, HTTPS)
  const value = browser.cookies.get('__Host-session')
  const thief = sessionCookie(await signInOnPage(app, await addAdministrator(db)))
  for (const name of ['session', '__host-session', '__Secure-session', '__Host-__Host-session', ' session']) {
    t.match(await openOverHttps(`${name}=${value}`), TO_LOGIN, name)
  }
  for (const pair of [`session=${thief}; __Host-session=${value}`, `__Host-session=${value}; session=${thief}`]) {
    const page = text((await openOverHttps(pair)).payload)
    t.match(page, `Signed in as ${account.username}`, 'a planted session cookie is ignored')
  }
  const form = await browser.form('/roles', '/roles')
  const planted = await behindProxy.app.inject({
    method: 'POST',
    url: '/roles',
    headers: {
      ...HTTPS,
      'content-type': FORM,
      cookie: `__Host-session=${value}; form=${browser.cookies.get('__Host-form')}`
    },
    payload: new URLSearchParams({ ...form.fields, name: 'planted' } as Record<string, string>).toString()
  })
  t.equal(planted.statusCode, 403, 'a planted secret of the form tokens is ignored')
})

function openOverHttps(cookie: string) {
  return behindProxy.app.inject({ url: '/', headers: { ...HTTPS, cookie } })
}
