// The access log: a row for every request, committed before its response leaves. A request for whose row there is no place
// is refused before its handler runs. If the row cannot be written afterwards, the response is replaced by a 503 without
// data. unrouted.ts logs what never reaches a route.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Config, engine } from '../../src/config.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { Overloaded, Unavailable } from '../../src/errors.ts'
import { createSlots } from '../../src/slots.ts'
import { type Action, access_log } from '../../src/tables/access-log.ts'
import { createClientAddress } from './address.ts'
import { createFloods } from './floods.ts'
import { type AccessLog, createAccessLog } from './log.ts'
import { type AccessLogRow, ANONYMOUS, CLIENT_CLOSED_REQUEST, rowOf } from './row.ts'
import { addSubjects, findNamed, namesSubjects } from './subjects.ts'
import { logUnrouted } from './unrouted.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accessLog: AccessLog
    /** Returns the IP address of the client of a request. */
    clientAddress: ReturnType<typeof createClientAddress>
    /** Writes the row of a request, unless it has one. Rejects when the row cannot be written. */
    logRequest(request: FastifyRequest, status: number, duration?: number): Promise<void>
    /** Returns the number of requests that have no row yet. */
    requestsUnderWay(): number
    /** Calls `listener` with every request and its row when the row is committed, counted or lost. */
    onLogged(listener: LogListener): void
  }
  interface FastifyRequest {
    /** The user name in the row of this request. Whatever authenticates the request sets it. */
    username: string
    /** What identified the sender, for the row: see src/tables/access-log.ts. */
    credential: string | null
    /** The account whose password was typed wrongly. */
    triedAccount: { id: number; username: string } | null
    /** The account that has signed in with this request. */
    signedIn: { id: number } | null
    /** The IP address of the client, kept because a closed socket no longer knows it. */
    address: string
    /** The place that is kept for the row of the request. */
    place: number | undefined
    logged: boolean
    /** The network of a client that has sent too many requests, so this one may be counted instead of logged. */
    flooder: string | undefined
    /** The status that Node's parser has answered with while the route was still reading the body. */
    parserStatus: number | undefined
  }
  interface FastifyContextConfig {
    /** What the route does, where its method does not say it. */
    action?: Action
    /** The response contains no data, so it is sent even when its row cannot be written. */
    answersUnlogged?: boolean
  }
}

/** How long a handler may go on after its client left, in milliseconds. Then the row is written without its status. */
const HANDLER_PATIENCE = 5_000

type LogListener = (request: FastifyRequest, row: AccessLogRow) => void
type Options = { config: Pick<Config, 'accessLogKey' | 'trustProxy'> }

async function accessLog(app: FastifyInstance, { config }: Options) {
  const log = createAccessLog(app.db, config.accessLogKey, function unsealed(err) {
    if (databaseFailure(err) === 'unavailable') app.outage.failed(err, app.log)
    else app.log.error({ err }, 'rows of the access log could not be sealed; the next attempt is in a second')
  })
  const floods = createFloods((row) => log.write(row))
  const underWay = createSlots<{ request: FastifyRequest; reply: FastifyReply }>()
  const listeners: LogListener[] = []

  app.decorate('accessLog', log)
  app.decorate('clientAddress', createClientAddress(config.trustProxy))
  app.decorate('logRequest', logRequest)
  app.decorate('requestsUnderWay', underWay.size)
  app.decorate('onLogged', (listener) => void listeners.push(listener))
  app.decorateRequest('username', ANONYMOUS)
  app.decorateRequest('credential', null)
  app.decorateRequest('triedAccount', null)
  app.decorateRequest('signedIn', null)
  app.decorateRequest('address', '')
  app.decorateRequest('place', undefined)
  app.decorateRequest('logged', false)
  app.decorateRequest('flooder', undefined)
  app.decorateRequest('parserStatus', undefined)

  function logRequest(request: FastifyRequest, status: number, duration = 0): Promise<void> {
    if (request.logged) return Promise.resolve()
    request.logged = true
    const result = request.parserStatus ?? (isCutOff(request) ? CLIENT_CLOSED_REQUEST : status)
    const row = rowOf(request, request.address || app.clientAddress(request.raw), result, duration)
    const hasPlace = request.place !== undefined
    if (request.place !== undefined) underWay.remove(request.place)
    if (request.flooder !== undefined && result === 429 && floods.counts(request.flooder, row)) {
      if (hasPlace) log.release()
      for (const listener of listeners) listener(request, row)
      return Promise.resolve()
    }
    return log.write(row, hasPlace).then(
      function committed() {
        for (const listener of listeners) listener(request, row)
        app.outage.worked()
      },
      function lost(error) {
        for (const listener of listeners) listener(request, row)
        app.outage.failed(error, request.log)
        throw error
      }
    )
  }

  function logUnanswered(request: FastifyRequest, reply: FastifyReply): void {
    logRequest(request, CLIENT_CLOSED_REQUEST, reply.elapsedTime).catch(ignore)
  }

  app.addHook('onRequest', function takePlace(request, reply, done) {
    request.address = app.clientAddress(request.raw)
    if (log.reserve()) request.place = underWay.add({ request, reply })
    else if (!reply.routeOptions.config.answersUnlogged) return done(new Overloaded())
    // When the client leaves early, no other hook is certain to run, but the handler goes on and may commit a change. Its
    // result is logged if it comes in time; otherwise the row is written without it.
    reply.raw.on('close', () => {
      if (!request.logged) setTimeout(logUnanswered, HANDLER_PATIENCE, request, reply).unref()
    })
    done()
  })

  app.addHook('onSend', function findSubjectsOfRefusal(request, reply, _payload, done) {
    const isRefused = reply.statusCode >= 400 && reply.statusCode < 500 && request.flooder === undefined
    if (!isRefused || !namesSubjects(request)) return done()
    // A row without its subject is better than none.
    findNamed(request)
      .catch(ignore)
      .then(() => done())
  })

  app.addHook('onSend', function logBeforeResponse(request, reply, payload, done) {
    const written = logRequest(request, reply.statusCode, reply.elapsedTime)
    const send = (content: unknown) => done(null, content)
    // A 503 contains no data, and a second wait for a failing database would double the time until the client gets it.
    if (reply.statusCode === 503 || reply.routeOptions.config.answersUnlogged) {
      written.catch(ignore)
      return send(payload)
    }
    written.then(
      () => send(payload),
      (error) => withhold(request, reply, payload, error).then(send, done)
    )
  })

  app.addHook('onReady', async function startSealing() {
    if (config.accessLogKey === '')
      app.log.warn('ACCESS_LOG_KEY is missing: nobody can prove that the access log was not changed')
    if (engine === 'postgres' && (await app.db.connection.mayChange(access_log)))
      app.log.warn('the role of DATABASE_URL may change and remove rows of the access log: see docs/access-log.md')
    await log.sealer.start()
  })

  app.addHook('onClose', async function writeRemainingRows() {
    // The connections are closed, so none of these requests gets a response any more.
    for (const { request, reply } of underWay) logUnanswered(request, reply)
    await floods.close()
    await log.close()
  })

  addSubjects(app)
  logUnrouted(app)
}

function ignore(): void {}

// Whether the client closed the connection before its request was complete.
function isCutOff({ raw }: FastifyRequest): boolean {
  return !raw.complete && raw.errored !== null
}

// Replaces the response by a 503. Neither its data nor the headers that describe it may leave.
async function withhold(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  cause: unknown
): Promise<string> {
  if (payload !== null && typeof payload === 'object' && 'destroy' in payload) (payload as NodeJS.ReadStream).destroy()
  for (const name of ['etag', 'location', 'allow', 'www-authenticate', 'content-length', 'set-cookie'])
    reply.removeHeader(name)
  const response = await request.server.errorResponse(new Unavailable({ cause }), request, reply)
  reply.code(response.statusCode).headers(response.headers)
  return response.payload
}

export default fp(accessLog, {
  name: 'access-log',
  fastify: '5.x',
  dependencies: ['database', 'error-handler', 'security-headers']
})
