// Sheds load: under overload, requests are refused with 503 and Retry-After before any work, so that those which are
// accepted get their response in time. Health checks are never refused. A handler that takes too long gets 503 too.

import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { Overloaded, TimedOut } from '../../src/errors.ts'
import { limitConnections } from './connections.ts'
import { pressureLimits } from './limits.ts'
import { limitPipelines } from './pipelines.ts'
import { createQueue } from './queue.ts'
import { reportRefusals } from './reports.ts'

export interface OverloadOptions {
  /** How many connections may be open at the same time. */
  maxConnections: number
  /** How many seconds a request may take once its body is there. */
  handlerTimeout: number
}

const SWEEP = 500 // milliseconds between two searches for handlers that take too long

async function overload(app: FastifyInstance, { maxConnections, handlerTimeout }: OverloadOptions) {
  const report = reportRefusals(app)
  const isBeyondLimit = limitConnections(app, maxConnections, report)
  const isQueuedTooFar = limitPipelines()
  const queue = createQueue(app, report)

  await app.register(underPressure, {
    ...pressureLimits(),
    async pressureHandler(_request, reply, reason, value) {
      // Infinity: the event loop stood still, as at the start, and nothing was measured.
      if (!isHealthCheck(reply) && value !== Infinity) throw refuse(reason)
    }
  })

  app.addHook('onRequest', function admit(request, reply, done) {
    const isLast = isBeyondLimit(request.raw.socket) || isQueuedTooFar(request, reply)
    if (isHealthCheck(reply)) return done()
    if (!isLast) return queue.enter(request, reply, done)
    reply.header('connection', 'close')
    done(refuse('connections'))
  })

  // While a client sends its body, its request does not count. Otherwise slow clients could keep all others out.
  app.addHook('preParsing', function pause(request, _reply, _payload, done) {
    if (!request.raw.complete) queue.leave(request)
    done()
  })
  app.addHook('preValidation', function resume(request, reply, done) {
    if (queue.hasBegun(request) || isHealthCheck(reply)) done()
    else queue.enter(request, reply, done)
  })

  app.onLogged(queue.leave)

  function refuse(reason: string): Error {
    report(reason)
    return new Overloaded()
  }

  // Not Fastify's `handlerTimeout`, which needs a timer and an AbortController for every request.
  const sweep = setInterval(function endLateRequests() {
    const latest = performance.now() - handlerTimeout * 1000
    for (const { request, reply, since } of queue.begun) {
      if (since < latest && !request.logged) reply.send(new TimedOut())
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
