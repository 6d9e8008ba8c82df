// Role policies: who may call which route. Every route states its policy, and the server does not start if one does not.
// A user has the roles that the database holds at the moment of the request.

import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { Forbidden, TokenMissing } from '../../src/errors.ts'
import type { Principal } from '../auth/accounts.ts'
import type { RouteEntry, RoutePolicy } from './policy.ts'
import { ensureRoles, requiredRoles } from './required-roles.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Sets how the routes of this scope find out who is calling: `identify` sets `request.principal` or throws. */
    guard(identify: Identify): void
    /** Sets the policy of the routes of this scope: who has one of these roles may call them. */
    allow(...roles: [string, ...string[]]): void
    /** Returns every route with its policy, sorted by path, once the server is ready. */
    routePolicies(): RouteEntry[]
  }
  interface FastifyContextConfig {
    /** Overrides the scope's `allow`. */
    policy?: RoutePolicy
    /** Overrides the scope's `guard`. */
    identify?: Identify
    /** The route identifies its caller by a session of the pages, and accepts no token. */
    session?: boolean
  }
}

type Identify = (request: FastifyRequest) => Promise<void>

async function roles(app: FastifyInstance) {
  const routes: RouteOptions[] = []

  app.decorate('guard', function guard(this: FastifyInstance, identify: Identify) {
    this.addHook('onRoute', (route) => {
      route.config = { ...route.config, identify: route.config?.identify ?? identify }
    })
  })

  app.decorate('allow', function allow(this: FastifyInstance, ...names: [string, ...string[]]) {
    this.addHook('onRoute', (route) => {
      route.config = { ...route.config, policy: route.config?.policy ?? names }
    })
  })

  app.addHook('onRoute', function guardRoute(route) {
    routes.push(route)
    route.onRequest = [route.onRequest ?? []].flat().concat(enforcePolicy)
    route.preValidation = [route.preValidation ?? []].flat().concat(enforcePolicyAgain)
  })

  // Not in onRoute: at that point the scope's own hooks have not changed the route yet.
  app.addHook('onReady', async function refuseUnguardedRoutes() {
    for (const { method, url, config, schema } of routes) {
      if (!config?.policy) throw new Error(`${method} ${url} has no role policy: call app.allow(…) in its plugin`)
      if (!schema?.response) throw new Error(`${method} ${url} has no response schema`)
    }
  })

  // From the first start on, accounts can be given the roles that policies name.
  app.addHook('onReady', async function addRoles() {
    await ensureRoles(app.db, requiredRoles(app.routePolicies()))
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

function enforcePolicy(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const { policy, identify } = request.routeOptions.config
  const check = () => done(violation(policy, request.principal))
  if (policy === 'public') done()
  else if (identify) identify(request).then(check, done)
  else check()
}

/** Returns the error to answer with when the policy does not let this principal pass. */
function violation(policy: RoutePolicy | undefined, principal: Principal | null): Error | undefined {
  if (!principal) return new TokenMissing() // also where no scope identifies the caller
  if (typeof policy === 'string') return undefined
  return policy?.some((role) => principal.roles.includes(role)) ? undefined : new Forbidden()
}

// A client can send its body slowly, and lose its access before the body is complete. Changes that take longer after that,
// such as those that hash a password, check again in their transaction: see plugins/auth/actor.ts.
function enforcePolicyAgain(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
  if (hasBody && !request.arrivedBeforeCheck) enforcePolicy(request, reply, done)
  else done()
}

export default fp(roles, { name: 'roles', fastify: '5.x', dependencies: ['auth'] })
