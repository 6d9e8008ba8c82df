// HTTP below the level of an ordinary client: exact bytes, exact paths, and clients that hang up.

import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'

/** Returns a TCP port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Makes a server listen on a free port of the loopback interface, and returns the port. */
export async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Sends these bytes and returns everything that the server sent until it closed the connection. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let response = ''
  socket.on('data', (chunk) => {
    response += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return response
}

export interface RawResponse {
  status: number
  headers: Record<string, string>
  body: string
}

/** Parses the bytes of one response. If the body is chunked, it must have a single chunk. */
export function parseResponse(bytes: string): RawResponse {
  const [head = '', ...rest] = bytes.split('\r\n\r\n')
  const [line = '', ...fields] = head.split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
    })
  )
  const body = rest.join('\r\n\r\n')
  const chunk = headers['transfer-encoding'] === 'chunked' && /^[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n$/s.exec(body)?.[1]
  return { status: Number(line.split(' ')[1]), headers, body: chunk || body }
}

/** Sends a request and hangs up without waiting for the response. */
export async function sendAndHangUp(port: number, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
  socket.destroy()
}

/** `request`: the server has the headers. `resume`: it starts to read the body. `end`: it has read the body. */
export type Progress = 'request' | 'resume' | 'end'

/** Sends a request, hangs up when the server has got this far with it, and waits until the server has noticed. */
export async function hangUpAt(progress: Progress, app: FastifyInstance, port: number, bytes: string): Promise<void> {
  const client = connect(port, '127.0.0.1')
  const peer = new Promise<Socket>((resolve) => {
    app.server.once('request', (request) => {
      if (progress === 'request') resolve(request.socket)
      else request.once(progress, () => resolve(request.socket))
    })
  })
  client.write(bytes)
  const closed = once(await peer, 'close')
  client.destroy()
  await closed
}

/**
 * Returns a function that sends requests over one keep-alive connection. Unlike `inject` and `fetch` it sends the path
 * exactly as given.
 */
export function rawClient(t: Test, port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())

  return function send(
    method: string,
    path: string,
    { headers = {}, body = '' }: { headers?: OutgoingHttpHeaders; body?: string } = {}
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
    return new Promise((resolve, reject) => {
      const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
      request({ host: '127.0.0.1', port, method, path, agent, headers: { ...length, ...headers } }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
      })
        .on('error', reject)
        .end(body)
    })
  }
}
