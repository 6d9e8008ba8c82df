// A route that was written without a policy, or without a way to identify its callers, is never open by mistake.

import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildAround, type Caller, environment, signInAs, withToken } from '../support/app.ts'
import { secretRoute } from './minimal-route.ts'

t.test('a server does not start if a route has no policy or no response schema [D1]', async (t) => {
  const env = await environment(t)
  const refuses = async (addRoutes: (app: FastifyInstance) => unknown, message: RegExp) =>
    await t.rejects(buildAround(t, env, addRoutes), { message })

  await refuses((app) => app.route(secretRoute), /^GET \/extra has no role policy: call app.allow/)
  await refuses((app) => {
    app.register(async (sibling) => sibling.allow('user'))
    app.register(async (scope) => scope.route(secretRoute), { prefix: '/deep' })
  }, /^GET \/deep\/extra has no role policy/)
  for (const schema of [undefined, {}, { querystring: { type: 'object', properties: {} } }]) {
    const open = { ...secretRoute, config: { policy: 'public' as const }, schema }
    await refuses((app) => app.route(open), /^GET \/extra has no response schema$/)
  }
})

t.test('a route with a policy is closed to everyone if its scope identifies nobody [D1]', async (t) => {
  const app = await buildAround(t, await environment(t), (scope) => {
    scope.allow('user')
    scope.subject('none')
    scope.route(secretRoute)
    scope.route({ ...secretRoute, url: '/any', config: { policy: 'any account' } })
    scope.route({ ...secretRoute, url: '/refresh', config: { policy: 'refresh token' } })
    scope.route({ ...secretRoute, url: '/public', config: { policy: 'public' } })
    scope.route({ ...secretRoute, url: '/guarded', onRequest: scope.authenticate })
    scope.route({ ...secretRoute, url: '/other', onRequest: scope.authenticate, config: { policy: ['curator'] } })
  })
  const { access_token, refresh_token } = await signInOn(app, 'user')
  for (const url of ['/extra', '/any', '/refresh']) {
    for (const token of ['', access_token, refresh_token]) {
      const response = await withToken(app, 'GET', url, token)
      t.equal(response.statusCode, 401, url)
      t.notMatch(response.payload, 'secret')
    }
  }
  t.equal((await app.inject('/public')).statusCode, 200, "a route's own policy overrides its scope's")
  t.equal((await app.inject('/guarded')).statusCode, 401)
  t.equal((await withToken(app, 'GET', '/guarded', access_token)).statusCode, 200)
  t.equal((await withToken(app, 'GET', '/other', access_token)).statusCode, 403)
})

t.test('the guard of a scope identifies the callers of its routes', async (t) => {
  const app = await buildAround(t, await environment(t), (scope) => {
    scope.register(async (guarded) => {
      guarded.guard(guarded.authenticate)
      guarded.allow('user')
      guarded.subject('none')
      guarded.route(secretRoute)
      guarded.route({
        ...secretRoute,
        url: '/refresh',
        config: { policy: 'any account', identify: scope.authenticateRefresh }
      })
    })
    scope.register(async (sibling) => {
      sibling.allow('user')
      sibling.subject('none')
      sibling.route({ ...secretRoute, url: '/sibling' })
    })
  })
  const { access_token, refresh_token } = await signInOn(app, 'user')
  t.equal((await withToken(app, 'GET', '/extra', access_token)).statusCode, 200)
  t.equal((await withToken(app, 'GET', '/extra', refresh_token)).statusCode, 401)
  t.equal((await withToken(app, 'GET', '/refresh', refresh_token)).statusCode, 200, "a route's own way overrides it")
  t.equal((await withToken(app, 'GET', '/refresh', access_token)).statusCode, 401)
  t.equal((await withToken(app, 'GET', '/sibling', access_token)).statusCode, 401, 'other scopes are not affected')
})

t.test('a role that only a policy names can be given to accounts from the first start on', async (t) => {
  const app = await buildAround(t, await environment(t), (scope) => {
    scope.allow('curator')
    scope.subject('none')
    scope.route({ ...secretRoute, onRequest: scope.authenticate })
  })
  const { access_token } = await signInOn(app, 'curator')
  t.equal((await withToken(app, 'GET', '/extra', access_token)).statusCode, 200)
})

/** Adds an account with this role and signs it in. */
async function signInOn(app: FastifyInstance, role: string): Promise<Caller> {
  return await signInAs(app, await app.accounts.add({ username: `a ${role}`, roles: [role] }))
}
