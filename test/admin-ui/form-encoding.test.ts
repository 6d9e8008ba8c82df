// A form with NUL, or with bytes that are not UTF-8, is rejected with a page, and nothing of it is stored.

import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { build } from '../support/app.ts'
import { visitor } from '../support/pages.ts'
import { addAdministrator, PASSWORD, signInOnPage, unique } from './administrators.ts'
import { addTarget, formState } from './form-targets.ts'
import { BROWSER, FORM, isPage } from './page-checks.ts'
import { cookieHeader } from './web-sessions.ts'

type Fields = Record<string, string | string[]>

const { app, db } = await build(t)
const target = await addTarget(app)
const account = await addAdministrator(db)
const admin = await signInOnPage(app, account, BROWSER)
const { _csrf = '' } = (await admin.form('/', '/logout')).fields

const username = unique('nul')
const password = 'another long and quiet evening'
const WITH_NUL: [path: string, fields: Fields][] = [
  ['/users/new', { username: `${username}\0`, password: '' }],
  ['/users/new', { username: `\0${username}`, password: '' }],
  ['/users/new', { username, password: `${password}\0` }],
  ['/users/new', { username, password: '', roles: 'user\0' }],
  ['/users/new', { username, password: '', roles: ['user', '\0'] }],
  ['/users/new', { username, password: '', 'roles\0': 'user' }],
  ['/roles', { name: 'nul\0' }],
  ['/account/password', { old_password: `${PASSWORD}\0`, new_password: password }],
  ['/account/password', { old_password: PASSWORD, new_password: `${password}\0` }],
  ['/users/:id/password', { password: `${password}\0` }],
  ['/users/:id/roles', { roles: 'admin\0' }],
  ['/users/:id/disable', { next: '/\0' }],
  ['/users/:id/delete', { '\0': '' }],
  ['/users/:id/sign-out', { next: '/account\0' }],
  ['/users/:id/tokens/%00/block', {}],
  ['/users/:id%00/disable', {}],
  ['/logout', { next: '\0' }]
]
const NOT_UTF8 = ['%ED%A0%80', '%FF', '%C3', '%C0%80', '%zz', '%', '%4', '\xff', '\xc3(']

t.test('NUL in any field of a form is rejected with a page, and nothing is stored [H3]', async (t) => {
  await storesNothing(t, async (rejected) => {
    for (const [path, fields] of WITH_NUL) {
      const response = await admin.send('POST', target.url(path), { _csrf, ...fields })
      rejected(response, `POST ${path} ${JSON.stringify(fields)}`)
    }
  })
})

t.test('NUL in any field of the form to sign in is rejected with a page [H3]', async (t) => {
  const stranger = visitor(app)
  const { fields } = await stranger.form('/login', '/login')
  const right = { ...fields, username: account.username, password: PASSWORD }
  const withNul: Fields[] = [{ username: `${account.username}\0` }, { password: `${PASSWORD}\0` }, { next: '/\0' }]
  await storesNothing(t, async (rejected) => {
    for (const changed of withNul) {
      rejected(await stranger.send('POST', '/login', { ...right, ...changed }), `POST /login ${Object.keys(changed)}`)
    }
  })
})

t.test('a name or value that is not UTF-8 is rejected with a page, and nothing is stored [H3]', async (t) => {
  const headers = { cookie: cookieHeader(admin), 'content-type': FORM }
  const fields = [...NOT_UTF8.map((value) => `name=bent${value}`), ...NOT_UTF8.map((name) => `name=bent&${name}=x`)]
  await storesNothing(t, async (rejected) => {
    for (const field of fields) {
      const payload = Buffer.from(`_csrf=${_csrf}&${field}`, 'latin1')
      rejected(await app.inject({ method: 'POST', url: '/roles', payload, headers }), `POST /roles ${field}`)
    }
  })
})

t.test('NUL in the address of a page is rejected with a page [H3]', async (t) => {
  await storesNothing(t, async (rejected) => {
    for (const path of ['/?q=%00', '/?after=%00', '/login?next=%00', '/users/%00', '/users/:id?before=%00']) {
      rejected(await admin.get(target.url(path)), `GET ${path}`)
    }
  })
})

/** Shows that the responses to some requests are pages with status 400, and that the requests changed no row. */
async function storesNothing(
  t: Test,
  send: (rejected: (response: LightMyRequestResponse, name: string) => void) => Promise<void>
): Promise<void> {
  const before = await formState(db)
  await send((response, name) => {
    t.equal(response.statusCode, 400, name)
    isPage(t, response)
  })
  t.strictSame(await formState(db), before, 'no row has changed')
}
