// A row in the access log for every request that reaches a route or the 404 handler, committed before the answer leaves:
// an answer that cannot be logged is not given. plugins/outside-routing.ts logs what gets no further than the parser.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type AccessLog, ANONYMOUS, createAccessLog, createClientAddress, loggedPath } from '../src/access-log.ts'
import { Unavailable } from '../src/errors.ts'
import { formatInstant } from '../src/instants.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accessLog: AccessLog
    /** The IP address of the client of a request. */
    clientAddress: ReturnType<typeof createClientAddress>
    /** Writes the row of a request unless it has one. Rejects when the row cannot be written. */
    logRequest(request: FastifyRequest, status: number, duration?: number): Promise<void>
  }
  interface FastifyRequest {
    /** Who the access log says is asking: set by whoever authenticates the request. */
    username: string
    /** The IP address of the client; a connection that has closed cannot tell any more. */
    address: string
    logged: boolean
    /** The status that the parser has answered with, over the head of the route. */
    brokenOff: number | undefined
  }
  interface FastifyContextConfig {
    /** The route tells no data: it is answered also when its row cannot be written. */
    answersUnlogged?: boolean
  }
}

/** What is logged for a client that hung up and whose handler gave no answer since (nginx's word for it). */
const CLIENT_CLOSED_REQUEST = 499
/** How long a handler may go on after its client hung up before that is what gets logged, in milliseconds. */
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
  app.decorateRequest('brokenOff', undefined)

  async function logRequest(request: FastifyRequest, status: number, duration = 0): Promise<void> {
    if (request.logged) return
    request.logged = true
    await log.write({
      time: formatInstant(Date.now()),
      username: request.username,
      address: request.address || app.clientAddress(request.raw),
      method: request.method,
      path: loggedPath(request.raw.url ?? ''),
      status: request.brokenOff ?? status,
      duration_ms: Math.round(duration),
      request_id: request.id
    })
  }

  function reportLoss(request: FastifyRequest, error: unknown): void {
    request.log.error({ err: error, method: request.method }, 'access-log row lost')
  }

  // No hook runs for sure once the client has hung up, while the handler goes on and may commit. Its own end is logged,
  // for that tells what was done; should it not come, the row is written all the same.
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

  app.addHook('onSend', async function logBeforeAnswer(request, reply, payload) {
    const written = logRequest(request, reply.statusCode, reply.elapsedTime)
    // A 503 holds no data, and waiting again for a database that just failed would double the client's wait.
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

  app.addHook('onClose', async () => {
    for (const giveUp of abandoned) giveUp()
    await log.idle()
  })
}

// Replaces the answer: neither its data nor the headers that tell of it may leave.
async function withhold(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<string> {
  if (payload !== null && typeof payload === 'object' && 'destroy' in payload) (payload as NodeJS.ReadStream).destroy()
  for (const name of ['etag', 'location', 'allow', 'www-authenticate', 'content-length', 'set-cookie'])
    reply.removeHeader(name)
  const answer = await request.server.errorAnswer(new Unavailable(), request, reply)
  reply.code(answer.statusCode).headers(answer.headers)
  return answer.payload
}

export default fp(accessLog, { name: 'access-log', fastify: '5.x', dependencies: ['database', 'errors'] })
