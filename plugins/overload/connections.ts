// A limit for open connections. Without it, clients that keep connections open use up the file descriptors, and then the
// operating system drops connections without a word.

import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** File descriptors for everything but clients: the program, its files, and the database. */
const OWN_DESCRIPTORS = 48
/** Beyond the limit, so many more connections (a share of the limit) get a response that says so. */
const SPARE = 0.1
/** How many milliseconds a connection beyond the limit has to send its request. */
const PATIENCE = 1_000
/** Milliseconds between two searches for idle connections. */
const SWEEP = 100

/**
 * Limits the connections of a server to `wanted`, or to what its file descriptors allow. Returns a function that tells
 * whether a socket is beyond the limit: its request must be refused and the connection closed. At the limit, idle
 * connections are closed first. Even more connections are closed without a response, and reported.
 */
export function limitConnections(
  app: FastifyInstance,
  wanted: number,
  report: (reason: string) => void
): (socket: Socket) => boolean {
  const { server } = app
  const possible = Math.floor((descriptorLimit() - OWN_DESCRIPTORS) / (1 + SPARE))
  const limit = Math.max(1, Math.min(wanted, possible))
  if (limit < wanted) app.log.warn({ limit, wanted }, 'file descriptors allow fewer connections than MAX_CONNECTIONS')

  let open = 0
  let swept = 0
  const beyond = new WeakSet<Socket>()
  server.maxConnections = limit + Math.ceil(limit * SPARE)
  server.on('drop', () => report('connections'))
  server.on('connection', (socket) => {
    open++
    socket.once('close', () => open--)
    if (open <= limit) return
    beyond.add(socket)
    socket.setTimeout(PATIENCE)
    if (performance.now() - swept < SWEEP) return
    swept = performance.now()
    server.closeIdleConnections()
  })

  // By the time of the request, there may be room: idle connections were closed.
  return (socket) => open > limit && beyond.has(socket)
}

function descriptorLimit(): number {
  const limits = '/proc/self/limits'
  const [, count] = /^Max open files +(\d+)/m.exec(existsSync(limits) ? readFileSync(limits, 'utf8') : '') ?? []
  return count ? Number(count) : Number.POSITIVE_INFINITY
}
