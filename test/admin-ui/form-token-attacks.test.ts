// A form token is accepted only as a field of its form, once, and in the session that it was made for.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { role } from '../../src/tables/account.ts'
import { build, buildOn } from '../support/app.ts'
import { visitor } from '../support/pages.ts'
import { addAdministrator, PASSWORD, signInOnPage, unique } from './administrators.ts'
import { formState } from './form-targets.ts'
import { BROWSER, FORM, isFormRefused } from './page-checks.ts'
import { cookieHeader } from './web-sessions.ts'

/** A form that adds a role. Without `type` it has no content type. */
interface Attempt {
  url?: string
  payload?: string
  type?: string | undefined
  headers?: Record<string, string>
  cookie?: string
}

const { app, db, env } = await build(t)
const second = await buildOn(t, env)

const account = await addAdministrator(db)
const admin = visitor(app)
const login = await admin.form('/login', '/login')
await admin.send('POST', '/login', { ...login.fields, username: account.username, password: PASSWORD })
const other = await signInOnPage(app, account, BROWSER)
const stranger = await signInOnPage(app, await addAdministrator(db), BROWSER)

const cookie = cookieHeader(admin)
const token = await tokenOf(admin)
const tokenOfOther = await tokenOf(other)
const tokenOfStranger = await tokenOf(stranger)

t.test('a form token that is wrong, repeated or in the wrong place is rejected [F7]', async (t) => {
  const before = await formState(db)
  for (const [name, attempt] of Object.entries(attempts())) {
    const { url, payload, type, headers, cookie: sent } = { ...acceptable(), ...attempt }
    const response = await app.inject({
      method: 'POST',
      url,
      payload,
      headers: { cookie: sent, ...(type && { 'content-type': type }), ...headers }
    })
    isFormRefused(t, response, name)
    t.notMatch(response.headers['set-cookie'] ?? '', /session/)
  }
  t.strictSame(await formState(db), before, 'no row has changed')
})

t.test('the same form token is accepted in its form, at every instance [F7]', async (t) => {
  for (const [instance, type] of [
    [app, FORM],
    [second.app, `${FORM.toUpperCase()}; charset=UTF-8`]
  ] as const) {
    const name = unique('good')
    const payload = `_csrf=${token}&name=${name}`
    const headers = { cookie, 'content-type': type }
    const response = await instance.inject({ method: 'POST', url: '/roles', payload, headers })
    t.match(response, { statusCode: 302, headers: { location: '/roles' } })
    t.equal(await db.$count(role, eq(role.name, name)), 1)
  }
})

/** Returns the form as the page sends it; each attempt changes a part of it. */
function acceptable() {
  return { url: '/roles', payload: `_csrf=${token}&name=intruder`, type: FORM, headers: {}, cookie }
}

function attempts(): Record<string, Attempt> {
  const withToken = (sent: unknown) => ({ payload: `_csrf=${sent}&name=intruder` })
  const sessionOnly = `session=${admin.cookies.get('session')}`
  const headerNames = ['csrf-token', 'xsrf-token', 'x-csrf-token', 'x-xsrf-token']
  return {
    'no token': { payload: 'name=intruder' },
    'an empty token': withToken(''),
    garbage: withToken('garbage'),
    'a token with NUL': withToken(`${token}%00`),
    'a token cut short': withToken(token.slice(0, -1)),
    'a token of another salt': withToken(token.replace(/-(.)/, (_, first) => (first === '_' ? '-A' : '-_'))),
    'the token of the sign-in page': withToken(login.fields._csrf),
    'the token of another session of the same account': withToken(tokenOfOther),
    'the token of another account': withToken(tokenOfStranger),
    'the right token without its secret': { cookie: sessionOnly },
    'the right token twice': { payload: `_csrf=${token}&_csrf=${token}&name=intruder` },
    'the right token after another': { payload: `_csrf=x&_csrf=${token}&name=intruder` },
    'the right token as an element': { payload: `_csrf[]=${token}&name=intruder` },
    'the right token in a field of another name': { payload: `csrf=${token}&_csrf[x]=${token}&name=intruder` },
    'the right token in the query only': { url: `/roles?_csrf=${token}`, payload: 'name=intruder' },
    'the right token in headers only': {
      payload: 'name=intruder',
      headers: Object.fromEntries(headerNames.map((name) => [name, token]))
    },
    'a body as text': { type: 'text/plain' },
    'a body as text that names the other type': { type: `text/plain; ${FORM}` },
    'a body without a type': { type: undefined },
    'a body of an unknown type': { type: `${FORM}-x` },
    'a body as JSON': { type: 'application/json', payload: JSON.stringify({ _csrf: token, name: 'intruder' }) },
    'a body as multipart': { type: 'multipart/form-data; boundary=x', payload: multipart() },
    'no body': { payload: '' }
  }
}

function multipart(): string {
  const parts = Object.entries({ _csrf: token, name: 'intruder' }).map(
    ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  )
  return `${parts.join('')}--x--\r\n`
}

async function tokenOf(browser: typeof admin): Promise<string> {
  return String((await browser.form('/roles', '/roles')).fields._csrf)
}
