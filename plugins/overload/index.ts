// Sheds load: under overload, requests are refused with 503 and Retry-After before any work, so that those which are
// accepted get their response in time. Health checks are never refused. A handler that takes too long gets 503 too.

import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Overloaded, TimedOut } from '../../src/errors.ts'
import { limitConnections } from './connections.ts'
import { pressureLimits } from './limits.ts'
import { limitPipelines } from './pipelines.ts'
import { reportRefusals } from './reports.ts'

export interface OverloadOptions {
  /** How many connections may be open at the same time. */
  maxConnections: number
  /** How many seconds a request may take once its body is there. */
  handlerTimeout: number
}

/** How many requests may be under way at the same time. More than the logins that may wait for their hash. */
const MAX_UNDER_WAY = 400
const SWEEP = 500 // milliseconds between two searches for handlers that take too long

async function overload(app: FastifyInstance, { maxConnections, handlerTimeout }: OverloadOptions) {
  const underWay = new Map<FastifyRequest, { reply: FastifyReply; since: number }>() // the oldest first
  const report = reportRefusals(app)
  const isBeyondLimit = limitConnections(app, maxConnections, report)
  const isQueuedTooFar = limitPipelines()

  await app.register(underPressure, {
    ...pressureLimits(),
    async pressureHandler(_request, reply, reason) {
      if (!isHealthCheck(reply)) throw refuse(reason)
    }
  })

  app.addHook('onRequest', function admit(request, reply, done) {
    const isLast = isBeyondLimit(request.raw.socket) || isQueuedTooFar(request, reply)
    if (isHealthCheck(reply)) return done()
    if (!isLast) return done(begin(request, reply))
    reply.header('connection', 'close')
    done(refuse('connections'))
  })

  // While a client sends its body, its request does not count. Otherwise slow clients could keep all others out.
  app.addHook('preParsing', function pause(request, _reply, _payload, done) {
    if (!request.raw.complete) underWay.delete(request)
    done()
  })
  app.addHook('preValidation', function resume(request, reply, done) {
    done(underWay.has(request) || isHealthCheck(reply) ? undefined : begin(request, reply))
  })

  app.onLogged((request) => underWay.delete(request))

  function begin(request: FastifyRequest, reply: FastifyReply): Error | undefined {
    if (underWay.size >= MAX_UNDER_WAY) return refuse('requests')
    underWay.set(request, { reply, since: performance.now() })
    return undefined
  }

  function refuse(reason: string): Error {
    report(reason)
    return new Overloaded()
  }

  // Not Fastify's `handlerTimeout`, which needs a timer and an AbortController for every request.
  const sweep = setInterval(function endLateRequests() {
    for (const [request, { reply, since }] of underWay) {
      if (performance.now() - since < handlerTimeout * 1000) break
      if (!request.logged) reply.send(new TimedOut())
    }
  }, SWEEP)
  sweep.unref()
  app.addHook('onClose', async () => clearInterval(sweep))
}

// Health checks must be answered under overload: otherwise the server would be restarted, which does not help.
function isHealthCheck(reply: FastifyReply): boolean {
  return reply.routeOptions.config.answersUnlogged === true
}

export default fp(overload, { name: 'overload', fastify: '5.x', dependencies: ['access-log', 'error-handler'] })
