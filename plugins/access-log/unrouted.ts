// Requests that never reach a route, so that no hook runs for them: addresses that cannot be decoded, oversized headers,
// slow or malformed requests, CONNECT, unknown expectations. Each gets a response with the security headers, and a row.

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { BadRequest, errorBody, STATUS_CODES, Unavailable, UriTooLong } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { JSON_TYPE } from '../../src/schemas.ts'
import { loggedPath } from './path.ts'
import { ANONYMOUS, actionOf, CLIENT_CLOSED_REQUEST, outcomeOf } from './row.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Fastify's `frameworkErrors`: responds to an address that the router rejects. */
    answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void>
    /** Fastify's `clientErrorHandler`: responds to what Node's parser rejects, and closes the connection. */
    answerClientError(error: { code?: string; rawPacket?: unknown }, socket: Duplex): Promise<void>
  }
}

/** Adds to `app` what logs and answers such requests. */
export function logUnrouted(app: FastifyInstance): void {
  // The request that each connection is working on, and the connections that have had their last response.
  const current = new WeakMap<object, FastifyRequest>()
  const ended = new WeakSet<object>()

  app.addHook('onRequest', function requireOneHost(request, _reply, done) {
    current.set(request.raw.socket, request)
    done(hasOneHost(request.raw) ? undefined : new BadRequest('A request must have exactly one Host header'))
  })

  app.decorate('answerFrameworkError', async function answerFrameworkError(error, request, reply) {
    request.username = ANONYMOUS // request decorators have no value at this point
    const logged = await app.logRequest(request, error.statusCode ?? 400).then(
      () => true,
      () => false
    )
    const response = await app.errorResponse(logged ? withoutAddress(error) : new Unavailable(), request, reply)
    const headers = { ...app.securityHeaders, ...response.headers, 'x-request-id': request.id }
    reply.raw.writeHead(response.statusCode, headers).end(response.payload)
  })

  app.decorate('answerClientError', async function answerClientError(error, socket) {
    if (ended.has(socket)) return // more bytes on a connection that has had its last response
    ended.add(socket)
    if (error.code === 'ECONNRESET' || socket.destroyed) return void socket.destroy()
    const status = STATUS_OF[error.code ?? ''] ?? 400

    const request = current.get(socket)
    if (request && !request.logged && !request.raw.complete) {
      // The error is in this request's body. Its route writes the row when it notices, with the name of the sender.
      request.parserStatus = error.code === 'HPE_INVALID_EOF_STATE' ? CLIENT_CLOSED_REQUEST : status
      return writeResponse(app, socket, status)
    }
    if (request && !request.logged) {
      // The error is in what follows a request that is still running. A response now would be taken for that request's.
      await logUnparsed('-', '-', socket, status)
      return void socket.destroy()
    }
    const [, method = '-', target = '-'] =
      REQUEST_LINE.exec(Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : '') ?? []
    await logUnparsed(method, target, socket, status)
    writeResponse(app, socket, status)
  })

  app.server.on('connect', async (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {})
    await logUnparsed('CONNECT', request.url ?? '-', socket, 405)
    writeResponse(app, socket, 405)
  })

  app.server.on('checkExpectation', async (request: IncomingMessage, response: ServerResponse) => {
    await logUnparsed(request.method ?? '-', request.url ?? '-', request.socket, 417, request.headers)
    const headers = { ...app.securityHeaders, 'content-type': JSON_TYPE, connection: 'close' }
    response.writeHead(417, headers).end(JSON.stringify(errorBody(417)))
  })

  async function logUnparsed(
    method: string,
    target: string,
    socket: Duplex,
    status: number,
    headers: IncomingMessage['headers'] = {}
  ): Promise<void> {
    const row = {
      time: fromNow(),
      username: ANONYMOUS,
      address: app.clientAddress({ socket: socket as Socket, headers }),
      method,
      path: target === '-' ? target : loggedPath(target),
      action: actionOf(method),
      outcome: outcomeOf(status),
      status,
      duration_ms: 0,
      request_id: randomUUID()
    }
    await app.accessLog.write(row).catch((error) => app.outage.failed(error))
  }
}

const REQUEST_LINE = /^([A-Z]+) (\S+)/

const STATUS_OF: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408
}

// Node accepts two Host headers. It would answer a missing one itself, without a row, if src/app.ts had not turned that off.
function hasOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}

// Fastify's messages quote the address.
function withoutAddress(error: FastifyError): Error {
  if (error.statusCode === 414) return new UriTooLong()
  return new BadRequest('The address is not well-formed')
}

function writeResponse(app: FastifyInstance, socket: Duplex, status: number): void {
  if (!socket.writable) return void socket.destroy()
  const body = JSON.stringify(errorBody(status))
  const headers = {
    ...app.securityHeaders,
    'content-type': JSON_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close'
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
}
