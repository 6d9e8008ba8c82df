// Stops the server: running requests get their response, with `Connection: close`, and idle connections are closed.
// app.close() alone would wait for clients that keep their connections open (fastify issue 7044).

import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the server is stopping. */
    stopping(): boolean
    /** Closes all connections at once. Requests that are under way are cut. */
    cutConnections(): void
    /** Returns the number of requests that were cut, which got no response. */
    cutRequests(): number
  }
}

/** Milliseconds between two searches for idle connections. */
const SWEEP = 100

async function shutdown(app: FastifyInstance, { grace }: { grace: number }) {
  let stopping = false
  let cut = 0
  app.decorate('stopping', () => stopping)
  app.decorate('cutRequests', () => cut)
  app.decorate('cutConnections', cutConnections)

  // Node does not count a connection that has never sent a request as idle.
  const unused = new Set<Socket>()
  app.server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))

  app.addHook('onSend', function closeConnection(_request, reply, payload, done) {
    if (stopping) reply.header('connection', 'close')
    done(null, payload)
  })

  app.addHook('preClose', async function closeConnections() {
    stopping = true
    if (!app.server.listening) return
    for (const socket of unused) socket.destroy()
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP)
    const deadline = setTimeout(cutConnections, grace)
    app.server.once('close', () => {
      clearInterval(sweep)
      clearTimeout(deadline)
    })
  })

  function cutConnections(): void {
    cut = Math.max(cut, app.requestsUnderWay())
    app.server.closeAllConnections()
  }
}

export default fp(shutdown, { name: 'shutdown', fastify: '5.x' })
