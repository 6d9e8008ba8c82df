// Who may call what: every route against every kind of caller, roles taken away, and routes that state no policy.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FastifyInstance, RouteOptions } from 'fastify'
import t from 'tap'
import { addAccount, setRoles } from '../src/accounts.ts'
import { createPasswords } from '../src/passwords.ts'
import { policyTable, type RouteEntry } from '../src/policy-table.ts'
import { build, buildAround, buildOn, environment, execute, signInAs, withToken } from './support/app.ts'
import { type Visitor, visitor } from './support/pages.ts'
import { isTestRoute } from './support/resources.ts'

const ROOT = join(import.meta.dirname, '..')
const LOGIN = /^\/login(\?next=|\?ended$|$)/
const REVIEWED = readFileSync(join(ROOT, 'routes/policy.txt'), 'utf8')
const METHODS = { GET: 1, HEAD: 1, POST: 1, PUT: 1, PATCH: 1, DELETE: 1 }
type Method = keyof typeof METHODS

t.test('D1: every route admits whom its policy names, and nobody else', async (t) => {
  const { app, signIn } = await build(t)
  const routes = app.routePolicies()
  const own = routes.filter((route) => !isTestRoute(route))
  t.equal(policyTable(own), REVIEWED, 'the policies are those of routes/policy.txt')
  const printed = app.printRoutes({ commonPrefix: false })
  const served = [...printed.matchAll(/\(([A-Z, ]+)\)/g)].flatMap(([, methods = '']) => methods.split(', '))
  t.equal(routes.length, served.length, 'and no route is missing')
  const accounts = { user: await signIn('user'), admin: await signIn('admin'), nobody: await signIn() }
  const cookies: unknown[] = []

  // Signed in anew: some of the calls end what they are called with.
  const as = async (name: keyof typeof accounts) => await signInAs(app, accounts[name])

  async function status({ method, path }: RouteEntry, token?: string, header = 'authorization'): Promise<number> {
    const answer = await app.inject({
      method: method as Method,
      url: path.replace(':id', '1'),
      headers: token === undefined ? {} : { [header]: `Bearer ${token}` }
    })
    cookies.push(answer.headers['set-cookie'])
    return answer.statusCode
  }

  for (const route of routes.filter(({ session }) => !session)) {
    const { method, path, policy } = route
    const called = `${method} ${path}`
    t.ok(method in METHODS, `${called} is a method that this test knows`)

    if (policy === 'public') {
      for (const token of [undefined, accounts.nobody.access_token, accounts.user.access_token, 'garbage']) {
        t.notOk([401, 403].includes(await status(route, token)), `${called} is open to everybody`)
      }
      continue
    }
    t.equal(await status(route), 401, `${called} without a token`)
    t.equal(await status(route, 'garbage'), 401, `${called} with garbage`)
    t.equal(await status(route, accounts.user.access_token, 'cookie'), 401, `${called} with the token as a cookie`)

    if (policy === 'refresh token') {
      t.equal(await status(route, accounts.user.access_token), 401, `${called} with an access token`)
      for (const name of ['nobody', 'user'] as const) {
        t.equal(await status(route, (await as(name)).refresh_token), 200, `${called} with the refresh token of ${name}`)
      }
      continue
    }
    t.equal(await status(route, accounts.user.refresh_token), 401, `${called} with a refresh token`)

    for (const [name, account] of Object.entries(accounts)) {
      const allowed = policy === 'any account' || policy.includes(name)
      const answered = await status(route, account.access_token)
      if (allowed) t.notOk([401, 403].includes(answered), `${called} by ${name}: ${answered}`)
      else t.equal(answered, 403, `${called} by ${name}`)
    }
  }
  t.ok(
    cookies.every((cookie) => cookie === undefined),
    'B12: no answer sets a cookie'
  )
})

t.test('D1, B12: every page admits the session its policy names, and neither strangers nor tokens', async (t) => {
  const { app, db, signIn } = await build(t)
  const admin = await signIn('admin')
  const former = await signIn('admin', 'user')
  const pages = app.routePolicies().filter(({ session, policy }) => session && policy !== 'public')
  t.ok(pages.length > 20)

  const [member, allowed] = [visitor(app), visitor(app)]
  await member.signIn(former)
  await allowed.signIn(admin)
  for (const { method, path, policy } of pages) {
    const called = `${method} ${path}`
    const url = path.replace(':id', String(former.id)).replace(':jti', 'none').replace(':key', 'none')
    const visit = async (visitor: Visitor) =>
      await visitor.send(method as Method, url, method === 'POST' ? {} : undefined)
    t.match(await visit(visitor(app)), { statusCode: 302, headers: { location: LOGIN } }, `${called} by a stranger`)
    const withToken = visitor(app, { authorization: `Bearer ${admin.access_token}` })
    t.match(await visit(withToken), { statusCode: 302, headers: { location: LOGIN } }, `${called} with a token`)

    await execute(db, `delete from user_role where user_id = ${former.id}`)
    t.equal(
      (await visit(member)).statusCode,
      method === 'POST' || policy !== 'any account' ? 403 : 200,
      `${called} without the role`
    )
    await setRoles(db, former.id, ['admin', 'user'])

    if (method === 'POST') continue // without a form of its own it is refused; what they do is tested elsewhere
    t.match(await visit(allowed), { statusCode: /^(200|302)$/ }, `${called} by an administrator`)
  }
})

t.test('npm run routes prints that table, whichever engine the environment names', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/routes.ts')])
  t.equal(stdout, REVIEWED)
})

t.test('D3: a role that is taken away is gone at the next request, at every instance', async (t) => {
  const one = await build(t)
  const other = await buildOn(t, one.env)
  await one.signIn('admin') // the last one could not be set back
  const caller = await one.signIn('user')
  const everywhere = async () => {
    const calls = [one, other].map(({ app }) => withToken(app, 'GET', '/api/sample/', caller.access_token))
    return (await Promise.all(calls)).map(({ statusCode }) => statusCode)
  }
  t.strictSame(await everywhere(), [200, 200])
  await setRoles(one.db, caller.id, [])
  t.strictSame(await everywhere(), [403, 403])
  await setRoles(other.db, caller.id, ['admin'])
  t.strictSame(await everywhere(), [403, 403], 'another role does not help')
  await setRoles(other.db, caller.id, ['admin', 'user'])
  t.strictSame(await everywhere(), [200, 200], 'with the role the same token is good again')

  const again = await signInAs(one.app, caller)
  await setRoles(one.db, caller.id, [])
  const refreshed = await withToken(one.app, 'GET', '/api/auth/', again.refresh_token)
  const { access_token } = refreshed.json<{ access_token: string }>()
  for (const token of [caller.access_token, again.access_token, access_token]) {
    t.equal((await withToken(one.app, 'GET', '/api/sample/', token)).statusCode, 403, 'whichever login it came from')
  }
})

t.test('D6: whoever may not know is not told whether a record exists', async (t) => {
  const { app, signIn } = await build(t)
  const user = await signIn('user')
  const admin = await signIn('admin')
  const created = await user.post('/api/sample/', { name: 'Weight' })
  const there = String(created.headers.location)
  const gone = '/api/sample/4711'
  const wrong = '/api/sample/x'

  for (const [method, payload] of [
    ['GET'],
    ['PUT', {}],
    ['PATCH', { nonsense: 1 }],
    ['DELETE'],
    ['POST', {}]
  ] as const) {
    const told = async (url: string, caller?: typeof admin) => {
      const answer = caller
        ? await caller.call(method, url, payload, { 'if-match': '"77"' })
        : await app.inject({ method, url, ...(payload && { payload }) })
      const { date, 'x-request-id': _, ...headers } = answer.headers
      return { status: answer.statusCode, body: answer.payload, headers }
    }
    if (method !== 'POST') {
      t.equal((await told(there, admin)).status, 403, method)
      t.equal((await told(there)).status, 401, method)
    }
    t.strictSame(await told(there, admin), await told(gone, admin), `${method} in the wrong role`)
    t.strictSame(await told(there), await told(gone), `${method} without a token`)
    if (method !== 'POST') t.strictSame(await told(wrong, admin), await told(gone, admin), `${method} of no id`)
  }
  t.equal((await user.get(there)).payload, created.payload, 'and nothing has changed')
})

const route: RouteOptions = {
  method: 'GET',
  url: '/extra',
  schema: { response: { 200: { type: 'object', properties: { secret: { type: 'string' } } } } },
  handler: async () => ({ secret: 'told' })
}

t.test('a server with a route without a policy, or without a response schema, does not start', async (t) => {
  const env = await environment(t)
  const refused = async (addRoutes: (app: FastifyInstance) => unknown, message: RegExp) =>
    await t.rejects(buildAround(t, env, addRoutes), { message })

  await refused((app) => app.route(route), /^GET \/extra has no role policy: call app.allow/)
  await refused((app) => {
    app.register(async (sibling) => sibling.allow('user'))
    app.register(async (scope) => scope.route(route), { prefix: '/deep' })
  }, /^GET \/deep\/extra has no role policy/)
  for (const schema of [undefined, {}, { querystring: { type: 'object', properties: {} } }]) {
    const open = { ...route, config: { policy: 'public' as const }, schema }
    await refused((app) => app.route(open), /^GET \/extra has no response schema$/)
  }
})

t.test('a route with a role policy is closed where its scope authenticates nobody', async (t) => {
  const app = await buildAround(t, await environment(t), (scope) => {
    scope.allow('user')
    scope.route(route)
    scope.route({ ...route, url: '/any', config: { policy: 'any account' } })
    scope.route({ ...route, url: '/refresh', config: { policy: 'refresh token' } })
    scope.route({ ...route, url: '/public', config: { policy: 'public' } })
    scope.route({ ...route, url: '/guarded', onRequest: scope.authenticate })
    scope.route({ ...route, url: '/other', onRequest: scope.authenticate, config: { policy: ['curator'] } })
  })
  const { access_token, refresh_token } = await signInOn(app, 'user')
  for (const url of ['/extra', '/any', '/refresh']) {
    for (const token of ['', access_token, refresh_token]) {
      const answer = await withToken(app, 'GET', url, token)
      t.equal(answer.statusCode, 401, url)
      t.notMatch(answer.payload, 'told')
    }
  }
  t.equal((await app.inject('/public')).statusCode, 200, "a route's own policy comes before its scope's")
  t.equal((await app.inject('/guarded')).statusCode, 401)
  t.equal((await withToken(app, 'GET', '/guarded', access_token)).statusCode, 200)
  t.equal((await withToken(app, 'GET', '/other', access_token)).statusCode, 403)
})

t.test('a role that a policy names can be given to an account from the first start on', async (t) => {
  const app = await buildAround(t, await environment(t), (scope) => {
    scope.allow('curator')
    scope.route({ ...route, onRequest: scope.authenticate })
  })
  const { access_token } = await signInOn(app, 'curator')
  t.equal((await withToken(app, 'GET', '/extra', access_token)).statusCode, 200)
})

async function signInOn(app: FastifyInstance, role: string) {
  const passwords = createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 15 })
  return await signInAs(app, await addAccount(app.db, passwords, { username: `a ${role}`, roles: [role] }))
}
