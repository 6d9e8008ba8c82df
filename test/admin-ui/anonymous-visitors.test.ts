// A visitor who has not signed in leaves no session in the database, whatever cookies the browser sends.

import cookies from '@fastify/cookie'
import t from 'tap'
import { session } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { visitor } from '../support/pages.ts'
import { addAdministrator, PASSWORD } from './administrators.ts'

const { app, db, config } = await build(t)

const sign = (id: string) => cookies.sign(id, config.secretKey)
const signed = sign('a'.repeat(32))
const COOKIES = [
  '',
  'session=',
  'session=garbage',
  `session=${signed}`,
  `session=${signed.slice(0, -1)}`,
  `session=${'a'.repeat(32)}.`,
  `session=.${signed}`,
  `session=${sign('')}`,
  `session=${sign("' or 1=1--")}`,
  `session=${sign('a'.repeat(6000))}`,
  'session=%zz; form=%zz',
  'session=%00; form=%00',
  'session=a; session=b; form=c; form=d',
  'session; =; __proto__=x; constructor=y',
  `form=${'f'.repeat(6000)}`
]
const ADDRESSES = [
  ['/login', 200],
  ['/', 302],
  ['/nowhere', 404],
  ['/users/1', 302],
  ['/static/style.css', 200]
] as const

t.test('opening pages without signing in stores no session, whatever cookies are sent [F5]', async (t) => {
  const before = await db.$count(session)
  for (const cookie of COOKIES) {
    for (const method of ['GET', 'HEAD'] as const) {
      for (const [url, status] of ADDRESSES) {
        const response = await app.inject({ method, url, headers: { cookie } })
        t.equal(response.statusCode, status, `${method} ${url} with ${cookie.slice(0, 60)}`)
        const set = response.cookies as { name: string; value: string }[]
        t.notOk(set.some((one) => one.name === 'session' && one.value))
      }
    }
  }
  t.equal(await db.$count(session), before)
})

t.test('a rejected sign-in stores no session [F5]', async (t) => {
  const account = await addAdministrator(db)
  const member = await addAdministrator(db, ['user'])
  const before = await db.$count(session)
  for (const [username, password, status] of [
    [account.username, 'not the password', 401],
    ['nobody of this name', PASSWORD, 401],
    [member.username, PASSWORD, 403]
  ] as const) {
    const browser = visitor(app)
    const rejected = await browser.submit('/login', '/login', { username, password })
    t.equal(rejected.statusCode, status)
    t.strictSame([...browser.cookies.keys()], ['form'])
    const { fields } = await browser.form('/login', '/login')
    t.equal((await browser.send('POST', '/logout', fields)).statusCode, 302)
  }
  t.equal(await db.$count(session), before)
})
