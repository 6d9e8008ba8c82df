// Query strings that no link or form of the pages has.

import t from 'tap'
import { build } from '../support/app.ts'
import { formToken } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { insertAccount, openAsAdministrator } from './inserted-accounts.ts'

const server = await build(t)
const { app, accounts } = server
const admin = await openAsAdministrator(server)
const anna = await insertAccount(server, 'anna', 'user')

t.test('a form takes nothing from the query', async (t) => {
  const _csrf = await formToken(admin)
  const page = `/users/${anna.id}`
  const before = await accounts.list()
  for (const query of [
    '?q=a',
    '?q=a&q=b',
    '?after=a&after=b',
    '?before=a&before=b',
    '?__proto__[x]=1',
    `?_csrf=${_csrf}`
  ]) {
    for (const [path, fields] of [
      ['/users/new', { username: 'berta', password: 'short' }],
      [`${page}/password`, { password: 'short' }],
      ['/account/password', { old_password: 'x', new_password: 'y', repeated_password: 'y' }]
    ] as const) {
      const response = await admin.send('POST', path + query, { ...fields, _csrf })
      t.equal(response.statusCode, 400, `POST ${path}${query}`)
      t.match(text(response.payload), /is not a field that can be given here/)
    }
  }
  t.strictSame(await accounts.list(), before)
  t.equal((await app.inject({ url: '/health/live' })).statusCode, 200)
})

t.test('odd queries get a page or a redirect, never a server error [H3, H11, H12]', async (t) => {
  for (const query of [
    'x=1',
    'q=a&q=b',
    'q[]=a',
    'q[x]=a',
    '__proto__=1',
    '__proto__[x]=1',
    'constructor=1',
    'page=0',
    'page=-1',
    'page=1e3',
    'page=1000000',
    'page=9999999999',
    'sort=password_hash',
    'state=x&last=y',
    'role=%00',
    'user=%00',
    'address=%00',
    'after=a&after=b',
    'q=%00',
    'q=%ED%A0%80',
    'q=%zz',
    'limit=1e9',
    'before=%F0%9F%98%80',
    `q=${'x'.repeat(1001)}`,
    `q=${'%25'.repeat(3000)}`,
    Array.from({ length: 1000 }, (_, index) => `k${index}=1`).join('&')
  ]) {
    for (const path of [
      '/',
      '/account',
      '/roles',
      '/sessions',
      '/chosen-users',
      `/users/${anna.id}`,
      `/users/${anna.id}/delete`,
      '/login'
    ]) {
      const response = await admin.get(`${path}?${query}`)
      t.ok([200, 302, 400, 404].includes(response.statusCode), `${path}?${query.slice(0, 30)}: ${response.statusCode}`)
      if (response.statusCode !== 302) t.equal(response.headers['content-type'], 'text/html; charset=utf-8')
    }
  }
})

t.test('the addresses of the original site redirect to the sections of the user page', async (t) => {
  for (const [path, section] of [
    ['tokens', 'devices'],
    ['set_password', 'password']
  ]) {
    const { statusCode, headers } = await admin.get(`/${path}/${anna.id}`)
    t.same([statusCode, headers.location], [302, `/users/${anna.id}#${section}`])
  }
  const target = (await admin.get(`/users/${anna.id}`)).payload
  for (const anchor of ['devices', 'password']) t.match(target, `id="${anchor}"`)
})
