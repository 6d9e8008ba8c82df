// The access log: a row for every request, committed before its response leaves. If the row cannot be written, the
// response is replaced by a 503 without data. unrouted.ts logs what never reaches a route.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Unavailable } from '../../src/errors.ts'
import { formatInstant } from '../../src/instants.ts'
import { createClientAddress } from './address.ts'
import { type AccessLog, ANONYMOUS, createAccessLog } from './log.ts'
import { loggedPath } from './path.ts'
import { logUnrouted } from './unrouted.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accessLog: AccessLog
    /** Returns the IP address of the client of a request. */
    clientAddress: ReturnType<typeof createClientAddress>
    /** Writes the row of a request, unless it has one. Rejects when the row cannot be written. */
    logRequest(request: FastifyRequest, status: number, duration?: number): Promise<void>
  }
  interface FastifyRequest {
    /** The user name in the row of this request. Whatever authenticates the request sets it. */
    username: string
    /** The IP address of the client, kept because a closed socket no longer knows it. */
    address: string
    logged: boolean
    /** The status that Node's parser has answered with while the route was still reading the body. */
    parserStatus: number | undefined
  }
  interface FastifyContextConfig {
    /** The response contains no data, so it is sent even when its row cannot be written. */
    answersUnlogged?: boolean
  }
}

/** The status in the row of a client that closed the connection before a response (nginx uses the same number). */
const CLIENT_CLOSED_REQUEST = 499
/** How long a handler may go on after its client left, in milliseconds. Then the row is written without its status. */
const HANDLER_PATIENCE = 5_000

async function accessLog(app: FastifyInstance, { trustProxy = [] }: { trustProxy?: readonly string[] }) {
  const log = createAccessLog(app.db)
  const abandoned = new Set<() => void>()

  app.decorate('accessLog', log)
  app.decorate('clientAddress', createClientAddress(trustProxy))
  app.decorate('logRequest', logRequest)
  app.decorateRequest('username', ANONYMOUS)
  app.decorateRequest('address', '')
  app.decorateRequest('logged', false)
  app.decorateRequest('parserStatus', undefined)

  async function logRequest(request: FastifyRequest, status: number, duration = 0): Promise<void> {
    if (request.logged) return
    request.logged = true
    await log.write({
      time: formatInstant(Date.now()),
      username: request.username,
      address: request.address || app.clientAddress(request.raw),
      method: request.method,
      path: loggedPath(request.raw.url ?? ''),
      status: request.parserStatus ?? status,
      duration_ms: Math.round(duration),
      request_id: request.id
    })
  }

  function reportLoss(request: FastifyRequest, error: unknown): void {
    request.log.error({ err: error, method: request.method }, 'access-log row lost')
  }

  // When the client leaves early, no other hook is certain to run, but the handler goes on and may commit a change. Its
  // result is logged if it comes in time; otherwise the row is written without it.
  app.addHook('onRequest', function watchConnection(request, reply, done) {
    request.address = app.clientAddress(request.raw)
    reply.raw.once('close', () => {
      if (request.logged) return
      const giveUp = () => {
        clearTimeout(timer)
        abandoned.delete(giveUp)
        logRequest(request, CLIENT_CLOSED_REQUEST, reply.elapsedTime).catch((error) => reportLoss(request, error))
      }
      const timer = setTimeout(giveUp, HANDLER_PATIENCE)
      abandoned.add(giveUp)
    })
    done()
  })

  app.addHook('onSend', async function logBeforeResponse(request, reply, payload) {
    const written = logRequest(request, reply.statusCode, reply.elapsedTime)
    // A 503 contains no data, and a second wait for a failing database would double the time until the client gets it.
    if (reply.statusCode === 503 || reply.routeOptions.config.answersUnlogged) {
      written.catch((error) => reportLoss(request, error))
      return payload
    }
    try {
      await written
      return payload
    } catch (error) {
      reportLoss(request, error)
      return await withhold(request, reply, payload)
    }
  })

  app.addHook('onClose', async function writeRemainingRows() {
    for (const giveUp of abandoned) giveUp()
    await log.idle()
  })

  logUnrouted(app)
}

// Replaces the response by a 503. Neither its data nor the headers that describe it may leave.
async function withhold(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<string> {
  if (payload !== null && typeof payload === 'object' && 'destroy' in payload) (payload as NodeJS.ReadStream).destroy()
  for (const name of ['etag', 'location', 'allow', 'www-authenticate', 'content-length', 'set-cookie'])
    reply.removeHeader(name)
  const response = await request.server.errorResponse(new Unavailable(), request, reply)
  reply.code(response.statusCode).headers(response.headers)
  return response.payload
}

export default fp(accessLog, {
  name: 'access-log',
  fastify: '5.x',
  dependencies: ['database', 'error-handler', 'security-headers']
})
