// Answers only to the host names of this server. Otherwise a page of another site could make its own name lead to this
// server (DNS rebinding), and read our responses as if they were its own.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Misdirected } from '../src/errors.ts'

/** Without `hosts`, the server answers to any name. */
async function allowedHosts(app: FastifyInstance, { hosts }: { hosts: readonly string[] }) {
  if (hosts.length === 0) return
  app.addHook('onRequest', function checkHost(request, _reply, done) {
    // Not request.hostname: a page that reached us by rebinding could set X-Forwarded-Host.
    const name = request.headers.host?.replace(/:\d*$/, '').toLowerCase() ?? ''
    done(hosts.includes(name) ? undefined : new Misdirected())
  })
}

export default fp(allowedHosts, { name: 'allowed-hosts', fastify: '5.x', dependencies: ['access-log'] })
