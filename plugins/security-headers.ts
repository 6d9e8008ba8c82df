// Sets the security headers before anything else can answer.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { securityHeaders, strictTransportSecurity } from '../src/security-headers.ts'

async function setSecurityHeaders(app: FastifyInstance) {
  app.addHook('onRequest', function addSecurityHeaders(request, reply, done) {
    reply.headers(securityHeaders)
    reply.header('x-request-id', request.id)
    if (request.protocol === 'https') reply.headers(strictTransportSecurity)
    done()
  })
}

export default fp(setSecurityHeaders, { name: 'security-headers', fastify: '5.x' })
