// Every route of the API admits exactly the callers that its policy names.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { policyTable, type RouteEntry } from '../../plugins/roles/policy.ts'
import { build, signInAs } from '../support/app.ts'
import { isTestRoute } from '../support/resources.ts'

const ROOT = join(import.meta.dirname, '../..')
const REVIEWED = readFileSync(join(ROOT, 'routes/policy.txt'), 'utf8')
const METHODS = { GET: 1, HEAD: 1, POST: 1, PUT: 1, PATCH: 1, DELETE: 1 }
type Method = keyof typeof METHODS

const { app, signIn } = await build(t)
const routes = app.routePolicies()
const accounts = { user: await signIn('user'), admin: await signIn('admin'), nobody: await signIn() }

t.test('the policies are those of routes/policy.txt, and no route is missing [D1]', async (t) => {
  const own = routes.filter((route) => !isTestRoute(route))
  t.equal(policyTable(own), REVIEWED)
  const printed = app.printRoutes({ commonPrefix: false })
  const served = [...printed.matchAll(/\(([A-Z, ]+)\)/g)].flatMap(([, methods = '']) => methods.split(', '))
  t.equal(routes.length, served.length)
  for (const { method, path } of callable())
    t.ok(method in METHODS, `the tests here know the method of ${method} ${path}`)
})

t.test('npm run routes prints that table, whichever engine DATABASE_URL names', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/routes.ts')])
  t.equal(stdout, REVIEWED)
})

t.test('a public route is open to every caller [D1, B12]', async (t) => {
  for (const route of callable(({ policy }) => policy === 'public')) {
    for (const token of [undefined, accounts.nobody.access_token, accounts.user.access_token, 'garbage']) {
      t.notOk([401, 403].includes(await statusOf(t, route, token)), nameOf(route))
    }
  }
})

t.test('every other route rejects a missing token, garbage, and a token in a cookie [D1, B12]', async (t) => {
  for (const route of callable(({ policy }) => policy !== 'public')) {
    t.equal(await statusOf(t, route), 401, `${nameOf(route)} without a token`)
    t.equal(await statusOf(t, route, 'garbage'), 401, `${nameOf(route)} with garbage`)
    const { access_token } = accounts.user
    t.equal(await statusOf(t, route, access_token, 'cookie'), 401, `${nameOf(route)} with the token as a cookie`)
  }
})

t.test('a route for refresh tokens accepts those of every account, and no access token [D1, B6, B12]', async (t) => {
  for (const route of callable(({ policy }) => policy === 'refresh token')) {
    t.equal(await statusOf(t, route, accounts.user.access_token), 401, `${nameOf(route)} with an access token`)
    for (const name of ['nobody', 'user'] as const) {
      // Some of these routes end the token they are called with.
      const { refresh_token } = await signInAs(app, accounts[name])
      t.equal(await statusOf(t, route, refresh_token), 200, `${nameOf(route)} with the refresh token of ${name}`)
    }
  }
})

t.test(
  'a route with a role policy admits the accounts that have one of its roles, and no others [D1, B6, B12]',
  async (t) => {
    for (const route of callable(({ policy }) => policy !== 'public' && policy !== 'refresh token')) {
      t.equal(await statusOf(t, route, accounts.user.refresh_token), 401, `${nameOf(route)} with a refresh token`)
      for (const [name, account] of Object.entries(accounts)) {
        const allowed = route.policy === 'any account' || route.policy.includes(name)
        const status = await statusOf(t, route, account.access_token)
        if (allowed) t.notOk([401, 403].includes(status), `${nameOf(route)} by ${name}: ${status}`)
        else t.equal(status, 403, `${nameOf(route)} by ${name}`)
      }
    }
  }
)

/** Returns the routes that are called with a token, not with a session of the pages. */
function callable(wanted: (route: RouteEntry) => boolean = () => true): RouteEntry[] {
  return routes.filter((route) => !route.session && wanted(route))
}

/** Calls a route and returns the status. Asserts that the response sets no cookie. */
async function statusOf(t: Test, route: RouteEntry, token?: string, header = 'authorization'): Promise<number> {
  const response = await app.inject({
    method: route.method as Method,
    url: route.path.replace(':id', '1'),
    headers: token === undefined ? {} : { [header]: `Bearer ${token}` }
  })
  t.equal(response.headers['set-cookie'], undefined, `${nameOf(route)} sets no cookie [B12]`)
  return response.statusCode
}

function nameOf({ method, path }: RouteEntry): string {
  return `${method} ${path}`
}
