// Error pages keep the navigation of the user who is signed in, so that a mistyped address is no dead end.

import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { build, execute, logRows } from '../support/app.ts'
import { forms, visitor } from '../support/pages.ts'
import { insertAccount, openAs, openAsAdministrator } from './inserted-accounts.ts'
import { BROWSER } from './page-checks.ts'

t.test('an unknown address and a wrong method keep the navigation, and are logged under the name', async (t) => {
  const server = await build(t)
  const { db } = server
  const admin = await openAsAdministrator(server)
  for (const [method, url, status] of [
    ['GET', '/nowhere', 404],
    ['GET', '/users/1/nowhere', 404],
    ['POST', '/nowhere', 404],
    ['PUT', '/roles', 405],
    ['GET', '/logout', 405]
  ] as const) {
    const response = await admin.send(method, url, undefined, BROWSER)
    t.equal(response.statusCode, status)
    hasNavigation(t, response, ['/overview', '/', '/sessions', '/activity', '/roles', '/account'])
    t.strictSame(
      forms(response.payload).map(({ action }) => action),
      ['/logout']
    )
    t.match((await logRows(db)).at(-1), { username: 'grace', path: url, status, method })
  }
  const signedOut = await admin.submit('/nowhere', '/logout')
  t.equal(signedOut.statusCode, 302, 'the button to sign out works there')

  const auditor = await openAs(server, (await insertAccount(server, 'otto', 'auditor')).id)
  hasNavigation(t, await auditor.get('/nowhere', BROWSER), ['/activity', '/account'])
})

t.test('a stranger gets no navigation there, and no cookie', async (t) => {
  const { app } = await build(t)
  for (const [method, url, status] of [
    ['GET', '/nowhere', 404],
    ['POST', '/nowhere', 404],
    ['PUT', '/roles', 405]
  ] as const) {
    const response = await visitor(app).send(method, url, undefined, BROWSER)
    t.equal(response.statusCode, status)
    hasNavigation(t, response, [])
    t.equal(response.headers['set-cookie'], undefined)
  }
})

t.test('a page that fails with 503 after the session was read keeps the navigation', async (t) => {
  const server = await build(t)
  const admin = await openAsAdministrator(server)
  for (const url of ['/', '/nowhere']) {
    await execute(server.db, 'alter table access_log rename to access_log_away')
    const response = await admin.get(url, BROWSER)
    await execute(server.db, 'alter table access_log_away rename to access_log')
    t.equal(response.statusCode, 503)
    hasNavigation(t, response, ['/overview', '/', '/sessions', '/activity', '/roles', '/account'])
  }
})

/** Shows that the navigation at the top of a page has exactly these links, with the one to the account. */
function hasNavigation(t: Test, { payload }: LightMyRequestResponse, expected: string[]): void {
  const [, navigation = ''] = /<nav aria-label="Pages">(.*?)<\/header>/s.exec(payload) ?? []
  t.strictSame(
    [...navigation.matchAll(/href="([^"]*)"/g)].map(([, address]) => address),
    expected
  )
}
