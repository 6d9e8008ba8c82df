// A limit of requests per client, and a stricter one for requests that try a password, so that one client cannot use up the
// server. Each instance counts, in its memory, the 5000 clients that it saw last. Requests of addresses without a route, and
// health checks, count like any other.

import rateLimiter from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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

  function limit(name: string, max: number): Limit {
    const count = app.createRateLimit({ max, timeWindow: MINUTE, keyGenerator: keyOf })
    return { name, count, policy: `"${name}";q=${max};w=${MINUTE / 1000}`, low: max * LOW }
  }
  const requests = limit('requests', config.requestsPerMinute)
  const logins = limit('logins', config.loginsPerMinute)

  app.addHook('onRequest', async function limitRequests(request, reply) {
    await enforce(requests, request, reply)
    if (request.routeOptions.config.checksPassword) await enforce(logins, request, reply)
  })
}

interface Limit {
  name: string
  count: ReturnType<FastifyInstance['createRateLimit']>
  /** The limit as RateLimit-Policy says it. */
  policy: string
  /** Below this number of remaining requests, responses say how many are left. */
  low: number
}

/** Clients only need to know a limit that they could reach. Everybody else gets no additional headers. */
const LOW = 0.1

async function enforce(
  { name, count, policy, low }: Limit,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<void> {
  const result = await count(request)
  if (result.isAllowed) return
  // draft-ietf-httpapi-ratelimit-headers-10. The library has the headers of an earlier draft, and only for its own hook.
  if (result.remaining < low) {
    append(reply, 'ratelimit-policy', policy)
    append(reply, 'ratelimit', `"${name}";r=${result.remaining};t=${result.ttlInSeconds}`)
  }
  if (!result.isExceeded) return
  request.flooder = result.key
  throw Object.assign(new TooManyRequests(), { headers: { 'retry-after': String(result.ttlInSeconds) } })
}

function append(reply: FastifyReply, header: string, value: string): void {
  const earlier = reply.getHeader(header)
  reply.header(header, earlier === undefined ? value : `${earlier}, ${value}`)
}

export default fp(rateLimit, { name: 'rate-limit', fastify: '5.x', dependencies: ['access-log', 'error-handler'] })
