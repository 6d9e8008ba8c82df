// The access log names who was signed in to the pages, and no log contains what somebody typed into them.

import { randomBytes } from 'node:crypto'
import t from 'tap'
import { build, execute, logRows } from '../support/app.ts'
import { visitor } from '../support/pages.ts'
import { addAdministrator, PASSWORD, signInOnPage, unique } from './administrators.ts'
import { sessionCookie } from './web-sessions.ts'

const { app, db, log } = await build(t)

t.test('log rows of the pages name the signed-in user, and no log contains typed text [E1, E12]', async (t) => {
  const { id: first } = (await logRows(db)).at(-1) ?? { id: 0 }
  const account = await addAdministrator(db)
  const typed = Array.from({ length: 6 }, (_, index) => `Geheim-${index}-${randomBytes(8).toString('hex')}`)
  const browser = visitor(app)
  const login = await browser.form('/login?next=/users/1?secret=Geheim', '/login')
  await browser.send('POST', '/login', { ...login.fields, username: account.username, password: typed[0] ?? '' })
  await browser.send('POST', '/login', { ...login.fields, username: typed[1] ?? '', password: typed[2] ?? '' })
  await browser.send('POST', '/login', { ...login.fields, username: account.username, password: PASSWORD })
  const { fields } = await browser.form('/', '/logout')
  const added = await browser.send('POST', '/users/new', {
    ...fields,
    username: unique('new'),
    password: typed[3] ?? ''
  })
  const path = String(added.headers.location)
  await browser.send('POST', `${path}/password/generate`, fields)
  const generated = /class="secret">([^<]+)</.exec((await browser.get(path)).payload)?.[1] ?? ''
  t.match(generated, /^\w{20}$/)
  await browser.send('POST', `${path}/password`, { ...fields, password: `${typed[4]}\0` })
  await browser.send('POST', '/account/password', {
    ...fields,
    old_password: PASSWORD,
    new_password: typed[5] ?? '',
    repeated_password: typed[5] ?? ''
  })
  const cookie = sessionCookie(browser)
  await browser.send('POST', '/roles', { name: 'x' })
  await browser.get('/nowhere')
  await browser.submit('/', '/logout')
  await browser.get('/users/1')

  const rows = (await logRows(db)).filter(({ id }) => id > first)
  const name = account.username
  t.strictSame(
    rows.map((row) => [row.username, row.method, row.path, row.status]),
    [
      ['Anonymous', 'GET', '/login', 200],
      ['Anonymous', 'POST', '/login', 401],
      ['Anonymous', 'POST', '/login', 401],
      [name, 'POST', '/login', 302],
      [name, 'GET', '/', 200],
      [name, 'POST', '/users/new', 302],
      [name, 'POST', `${path}/password/generate`, 302],
      [name, 'GET', path, 200],
      [name, 'POST', `${path}/password`, 400],
      [name, 'POST', '/account/password', 302],
      [name, 'POST', '/roles', 403],
      [name, 'GET', '/nowhere', 404],
      [name, 'GET', '/', 200],
      [name, 'POST', '/logout', 302],
      ['Anonymous', 'GET', '/users/1', 302]
    ]
  )
  t.match(log(), '"event":"login failed"')
  const written = JSON.stringify(rows) + log()
  const tokens = [login.fields._csrf, fields._csrf, cookie, cookie.split('.')[0]].map(String)
  for (const secret of [...typed, 'Geheim', PASSWORD, generated, ...tokens]) {
    t.notOk(written.toLowerCase().includes(secret.toLowerCase()), `no log contains ${secret.slice(0, 8)}…`)
  }
})

t.test('while the log cannot be written, pages are 503 and a sign-in starts no session [E5]', async (t) => {
  const account = await addAdministrator(db)
  const [browser, inside] = [visitor(app), await signInOnPage(app, account)]
  const { fields } = await browser.form('/login', '/login')
  await execute(db, 'alter table access_log rename to access_log_away')
  const signIn = await browser.send('POST', '/login', { ...fields, username: account.username, password: PASSWORD })
  const page = await inside.get('/')
  await execute(db, 'alter table access_log_away rename to access_log')
  for (const response of [signIn, page]) {
    t.match(response, { statusCode: 503, headers: { 'retry-after': '1', 'content-type': 'text/html; charset=utf-8' } })
    t.match(response.payload, /^<!doctype html>.*Service Unavailable/s)
    t.notMatch(response.headers['set-cookie'] ?? '', /session/)
    t.equal(response.headers.location, undefined)
  }
  t.notMatch(page.payload, 'Last sign-in', 'the page shows none of its data')
  t.notOk(browser.cookies.has('session'))
  t.match(await browser.get('/'), { statusCode: 302, headers: { location: '/login' } })
  t.equal((await inside.get('/')).statusCode, 200, 'once the log can be written again, pages open again')
})
