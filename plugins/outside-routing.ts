// What gets no further than the parser or the router, and runs no hook: broken addresses, oversized headers, slow or
// malformed requests, CONNECT, unknown expectations. Each is answered with the security headers, and logged like the rest.

import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ANONYMOUS, loggedPath } from '../src/access-log.ts'
import { BadRequest, codeOf, Unavailable, UriTooLong } from '../src/errors.ts'
import { fromNow } from '../src/instants.ts'
import { type ErrorBody, JSON_TYPE } from '../src/schemas.ts'
import { securityHeaders } from '../src/security-headers.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Fastify's `frameworkErrors`: answers an address that the router refuses. */
    answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void>
    /** Fastify's `clientErrorHandler`: answers what Node's parser refuses, and closes the connection. */
    answerClientError(error: { code?: string; rawPacket?: unknown }, socket: Duplex): Promise<void>
  }
}

async function outsideRouting(app: FastifyInstance) {
  // The request a connection is busy with, and the connections that have been answered for the last time.
  const underWay = new WeakMap<object, FastifyRequest>()
  const ended = new WeakSet<object>()

  app.addHook('onRequest', function requireOneHost(request, _reply, done) {
    underWay.set(request.raw.socket, request)
    // Node lets two Host headers through, and answers a missing one itself, unlogged, unless told to leave it to us.
    const { rawHeaders, httpVersion } = request.raw
    let hosts = 0
    for (let index = 0; index < rawHeaders.length; index += 2) {
      if (rawHeaders[index]?.toLowerCase() === 'host') hosts++
    }
    const right = hosts === 1 || (hosts === 0 && httpVersion === '1.0')
    done(right ? undefined : new BadRequest('A request has one Host header'))
  })

  app.decorate('answerFrameworkError', async function answerFrameworkError(error, request, reply) {
    request.username = ANONYMOUS // decorations have no value here
    const logged = await app.logRequest(request, error.statusCode ?? 400).then(() => true, lost)
    const answer = await app.errorAnswer(logged ? describe(error) : new Unavailable(), request, reply)
    reply.raw.writeHead(answer.statusCode, { ...securityHeaders, ...answer.headers, 'x-request-id': request.id })
    reply.raw.end(answer.payload)
  })

  app.decorate('answerClientError', async function answerClientError(error, socket) {
    if (ended.has(socket)) return // what still arrives on a connection that has had its last answer
    ended.add(socket)
    if (error.code === 'ECONNRESET' || socket.destroyed) return void socket.destroy()
    const status = STATUS_OF[error.code ?? ''] ?? 400

    const request = underWay.get(socket)
    if (request && !request.logged && !request.raw.complete) {
      // The body of this request: its row is written when its route learns of it, with the name of who sent it.
      request.brokenOff = status
      return answerRaw(socket, status)
    }
    if (request && !request.logged) {
      // Something behind a request that is still being worked on; an answer to it would be taken for that one's.
      await logUnparsed('-', '-', socket, status)
      return void socket.destroy()
    }
    const [, method = '-', target = '-'] =
      REQUEST_LINE.exec(Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : '') ?? []
    await logUnparsed(method, target, socket, status)
    answerRaw(socket, status)
  })

  app.server.on('connect', async (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {})
    await logUnparsed('CONNECT', request.url ?? '-', socket, 405)
    answerRaw(socket, 405)
  })

  app.server.on('checkExpectation', async (request: IncomingMessage, response: ServerResponse) => {
    await logUnparsed(request.method ?? '-', request.url ?? '-', request.socket, 417, request.headers)
    const body = errorBody(417)
    response.writeHead(417, { ...securityHeaders, 'content-type': JSON_TYPE, connection: 'close' }).end(body)
  })

  async function logUnparsed(
    method: string,
    target: string,
    socket: Duplex,
    status: number,
    headers: IncomingMessage['headers'] = {}
  ): Promise<void> {
    await app.accessLog
      .write({
        time: fromNow(),
        username: ANONYMOUS,
        address: app.clientAddress({ socket: socket as Socket, headers }),
        method,
        path: target === '-' ? target : loggedPath(target),
        status,
        duration_ms: 0,
        request_id: randomUUID()
      })
      .catch(lost)
  }

  function lost(error: unknown): false {
    app.log.error({ err: error }, 'access-log row lost')
    return false
  }
}

const REQUEST_LINE = /^([A-Z]+) (\S+)/

const STATUS_OF: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408
}

// Fastify's messages quote the address.
function describe(error: FastifyError): Error {
  if (error.statusCode === 414) return new UriTooLong()
  return new BadRequest('The address is not well-formed')
}

function answerRaw(socket: Duplex, status: number): void {
  if (!socket.writable) return void socket.destroy()
  const body = errorBody(status)
  const headers = {
    ...securityHeaders,
    'content-type': JSON_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close'
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
}

function errorBody(statusCode: number): string {
  const error = STATUS_CODES[statusCode] ?? 'Error'
  return JSON.stringify({ statusCode, error, message: error, code: codeOf(statusCode) } satisfies ErrorBody)
}

export default fp(outsideRouting, { name: 'outside-routing', fastify: '5.x', dependencies: ['access-log', 'errors'] })
