// GET and HEAD change nothing, whatever address of the pages they name.

import t from 'tap'
import { build } from '../support/app.ts'
import { addAdministrator, signInOnPage } from './administrators.ts'
import { addTarget, formState } from './form-targets.ts'
import { BROWSER, isPage } from './page-checks.ts'

const { app, db } = await build(t)

/** Forms on pages that ask first. */
const CONFIRMED = [
  '/users/:id/delete',
  '/users/:id/disable',
  '/users/:id/password/generate',
  '/users/:id/sign-out',
  '/account/sign-out'
]

t.test('only a POST request changes something [F6]', async (t) => {
  const target = await addTarget(app)
  const admin = await signInOnPage(app, await addAdministrator(db), BROWSER)
  const posts = app.routePolicies().filter(({ session, method }) => session && method === 'POST')
  const postOnly = posts.filter(({ path }) => !['/login', '/roles', '/users/new', ...CONFIRMED].includes(path))
  t.ok(postOnly.length >= 10)
  const addresses: [url: string, status: number][] = [
    ...postOnly.map(({ path }): [string, number] => [target.url(path), 405]),
    [`/delete_user/${target.id}`, 404],
    [`/delete_user?id=${target.id}`, 404],
    ['/token/toggle', 404],
    [`/token/toggle/${target.jti}`, 404],
    [`/token/toggle?id=${target.jti}`, 404],
    ...CONFIRMED.map((path): [string, number] => [target.url(path), 200]),
    ['/?username=intruder&password=&roles=admin', 400],
    ['/roles?name=intruder', 200]
  ]
  const before = await formState(db)
  for (const [url, status] of addresses) {
    for (const method of ['GET', 'HEAD'] as const) {
      const response = await admin.send(method, url, undefined, { 'x-http-method-override': 'POST' })
      t.equal(response.statusCode, status, `${method} ${url}`)
      if (status === 405) t.equal(response.headers.allow, 'OPTIONS, POST')
      isPage(t, response, method)
    }
  }
  t.strictSame(await formState(db), before, 'no row has changed')
  t.equal((await admin.get('/')).statusCode, 200, 'the administrator is still signed in')
})
