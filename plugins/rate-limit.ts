// A limit of requests per client, and a stricter one for requests that try a password, so that one client cannot use up the
// server. Each instance counts, in its memory, the 5000 clients that it saw last. Requests of addresses without a route, and
// health checks, count like any other.

import rateLimiter from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import { TooManyRequests } from '../src/errors.ts'
import { networkOf } from '../src/network.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route checks a password, so the limit of logins applies as well. */
    checksPassword?: boolean
  }
}

const MINUTE = 60_000 // milliseconds

async function rateLimit(
  app: FastifyInstance,
  { config }: { config: Pick<Config, 'requestsPerMinute' | 'loginsPerMinute'> }
) {
  await app.register(rateLimiter, { global: false })

  // The windows of the library end by the clock. When somebody sets it back, they would last too long, so all start anew.
  let era = 0
  let lastSeen = 0
  function keyOf(request: FastifyRequest): string {
    const now = Date.now()
    if (now < lastSeen - MINUTE) era++
    lastSeen = now
    return `${era} ${networkOf(request.address)}`
  }

  const limit = (max: number) => app.createRateLimit({ max, timeWindow: MINUTE, keyGenerator: keyOf })
  const requests = limit(config.requestsPerMinute)
  const logins = limit(config.loginsPerMinute)

  app.addHook('onRequest', async function limitRequests(request) {
    await enforce(requests, request)
    if (request.routeOptions.config.checksPassword) await enforce(logins, request)
  })
}

async function enforce(count: ReturnType<FastifyInstance['createRateLimit']>, request: FastifyRequest): Promise<void> {
  const result = await count(request)
  if (result.isAllowed || !result.isExceeded) return
  request.flooder = result.key
  throw Object.assign(new TooManyRequests(), { headers: { 'retry-after': String(result.ttlInSeconds) } })
}

export default fp(rateLimit, { name: 'rate-limit', fastify: '5.x', dependencies: ['access-log', 'error-handler'] })
