// Lets pages of the configured origins read our responses. Without CORS_ORIGIN, browsers do not allow it.
// @fastify/cors is not used: it adds a wildcard route, which has no role policy.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

const EXPOSED = 'ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id'

/** What a request to the API can need. Browsers send other headers only if CORS_HEADERS names them. */
const ALLOWED = ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match']

interface CorsOptions {
  origins: readonly string[]
  headers: readonly string[]
}

async function cors(app: FastifyInstance, { origins, headers }: CorsOptions) {
  if (origins.length === 0) return
  const allowed = [...ALLOWED, ...headers].join(', ')
  app.addHook('onRequest', function allowOrigin(request, reply, done) {
    const { origin } = request.headers
    reply.header('vary', 'Origin')
    if (origin === undefined || !origins.includes(origin)) return done()
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED,
      'cross-origin-resource-policy': 'cross-origin'
    })
    // Credentials are never allowed: the API takes no cookie.
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method']) {
      reply.headers({
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': allowed,
        'access-control-max-age': '600'
      })
    }
    done()
  })
}

export default fp(cors, { name: 'cors', fastify: '5.x' })
