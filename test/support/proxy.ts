// A proxy in front of PostgreSQL.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** Starts a proxy in front of PostgreSQL. Its connections can be cut or frozen, and it can be stopped and started again. */
export async function startProxy(t: Test, target: URL) {
  const sockets = new Set<Socket>()
  let isFrozen = false
  let lostFor: string | undefined
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    if (!isFrozen) client.pipe(upstream).pipe(client)
    client.on('data', (sent) => {
      if (lostFor === undefined || !String(sent).includes(lostFor)) return
      lostFor = undefined
      upstream.unpipe(client).once('data', () => client.destroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const url = new URL(target)
  url.port = String(port)

  function cut() {
    for (const socket of sockets) socket.destroy()
  }
  async function stop() {
    const closed = once(server, 'close')
    server.close()
    cut()
    await closed
  }
  t.teardown(() => {
    cut()
    server.close()
  })
  return {
    url: String(url),
    cut,
    stop,
    /** The connections stay open, but nothing goes through them any more. */
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause()
      isFrozen = true
    },
    /** The next statement whose name or text includes this runs, but its answer is lost with its connection. */
    loseAnswerTo: (text: string) => {
      lostFor = text
    },
    /** New connections work again. */
    thaw: () => {
      isFrozen = false
    },
    start: async () => {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    }
  }
}
