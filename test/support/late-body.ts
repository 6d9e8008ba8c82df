// Requests whose body ends late.

import { once } from 'node:events'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'

/**
 * Sends a chunked JSON request without the end of its body, and waits until the server reads the body, which it does only
 * after it has accepted the caller. `finish` sends the end and returns the status of the response. The server must listen.
 */
export async function startRequest(
  t: Test,
  app: FastifyInstance,
  { method, path, token, body = '' }: { method: string; path: string; token: string; body?: string }
): Promise<{ finish(): Promise<number> }> {
  const { port } = app.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let response = ''
  socket.on('data', (chunk) => {
    response += chunk
  })
  const reads = new Promise<void>((resolve) => {
    app.server.once('request', (request) => request.once('resume', () => resolve()))
  })
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: server.test',
    'Connection: close',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    'Transfer-Encoding: chunked'
  ]
  const chunk = body === '' ? '' : `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`
  socket.write(`${head.join('\r\n')}\r\n\r\n${chunk}`)
  await reads

  return {
    async finish() {
      t.equal(response, '', `the server waits for the end of the body of ${method} ${path}`)
      socket.write('0\r\n\r\n')
      await once(socket, 'close')
      return Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1])
    }
  }
}
