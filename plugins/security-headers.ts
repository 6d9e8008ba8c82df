// Sets the security headers on every response, before anything else can send one.
// @fastify/helmet is not used: it has no effect on responses that are sent before routing, such as the 400 for `/%zz`.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The security headers by lower-case name, for responses that are sent without any hook. */
    securityHeaders: typeof securityHeaders
  }
}

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join('; ')

const securityHeaders = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store'
} as const

/** Only for responses over https: for a year, the browser then refuses plain http. */
const STRICT_TRANSPORT_SECURITY = 'max-age=31536000; includeSubDomains'

async function securityHeadersPlugin(app: FastifyInstance) {
  app.decorate('securityHeaders', securityHeaders)

  app.addHook('onRequest', function addSecurityHeaders(request, reply, done) {
    reply.headers(securityHeaders)
    reply.header('x-request-id', request.id)
    if (request.protocol === 'https') reply.header('strict-transport-security', STRICT_TRANSPORT_SECURITY)
    done()
  })
}

export default fp(securityHeadersPlugin, { name: 'security-headers', fastify: '5.x' })
