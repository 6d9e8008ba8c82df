// Who may call which route. Every route states its policy, and the server does not start when one does not. Roles are
// the ones the database holds at the moment of the request.

import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { Forbidden, TokenMissing } from '../src/errors.ts'
import type { RouteEntry, RoutePolicy } from '../src/policy-table.ts'
import { ensureRoles, neededRoles } from '../src/roles.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The policy of the routes of this scope: these roles may call them. A route's own `config.policy` comes first. */
    allow(...roles: [string, ...string[]]): void
    /** Every route with its policy, sorted by path, once the server is ready. */
    routePolicies(): RouteEntry[]
  }
  interface FastifyContextConfig {
    policy?: RoutePolicy
    /** The route knows its caller by a session of the pages, and takes no token. */
    session?: boolean
  }
}

async function roles(app: FastifyInstance) {
  const routes: RouteOptions[] = []

  app.decorate('allow', function allow(this: FastifyInstance, ...names: [string, ...string[]]) {
    this.addHook('onRoute', (route) => {
      route.config = { ...route.config, policy: route.config?.policy ?? names }
    })
  })

  app.addHook('onRoute', function guardRoute(route) {
    routes.push(route)
    route.onRequest = [route.onRequest ?? []].flat().concat(requirePolicy)
    // Once more when the body is there: the scope may have looked at the caller again.
    route.preValidation = [route.preValidation ?? []].flat().concat(requirePolicy)
  })

  // Not in onRoute: what the scope of a route adds to it is not there yet.
  app.addHook('onReady', async function refuseUnguardedRoutes() {
    for (const { method, url, config, schema } of routes) {
      if (!config?.policy) throw new Error(`${method} ${url} has no role policy: call app.allow(…) in its plugin`)
      if (!schema?.response) throw new Error(`${method} ${url} has no response schema`)
    }
  })

  // A role that a policy names can be given to accounts from the first start on.
  app.addHook('onReady', async function addRoles() {
    await ensureRoles(app.db, neededRoles(app.routePolicies()))
  })

  app.decorate('routePolicies', () =>
    routes
      .flatMap(({ method, url, config }) =>
        [method].flat().map((name) => ({
          method: name,
          path: url,
          policy: config?.policy as RoutePolicy,
          session: config?.session ?? false
        }))
      )
      .sort((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method))
  )
}

// Runs after the scope has authenticated the request; where no scope did, nobody passes.
async function requirePolicy(request: FastifyRequest): Promise<void> {
  const { policy } = request.routeOptions.config
  if (policy === 'public') return
  if (!request.principal) throw new TokenMissing()
  if (typeof policy === 'string') return
  if (!policy?.some((role) => request.principal?.roles.includes(role))) throw new Forbidden()
}

export default fp(roles, { name: 'roles', fastify: '5.x', dependencies: ['auth'] })
