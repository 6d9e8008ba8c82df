// A limit for requests that a client sends on one connection without waiting for the responses.

import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** How many requests of one connection may be under way. */
const MAX_PIPELINED = 32

/**
 * Returns a function that counts a request, and returns whether there are too many on its connection. From then on it
 * returns true for every request of that connection, because the connection is closed after the first that is refused.
 */
export function limitPipelines(): (request: FastifyRequest, reply: FastifyReply) => boolean {
  const queues = new WeakMap<Socket, number>()

  return function isQueuedTooFar(request, reply) {
    // Node gives the socket to one response at a time, so this one does not wait for another.
    if (reply.raw.socket) return false
    const { socket } = request.raw
    const length = (queues.get(socket) ?? 1) + 1
    const isTooLong = length > MAX_PIPELINED
    queues.set(socket, isTooLong ? Number.POSITIVE_INFINITY : length)
    reply.raw.once('finish', () => queues.set(socket, (queues.get(socket) ?? 1) - 1))
    return isTooLong
  }
}
