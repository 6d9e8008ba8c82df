// From where, and by what program, somebody signed in: shown to whoever has to tell their own logins from a thief's.

import type { FastifyRequest } from 'fastify'

/** Longer names of programs are cut to this many characters. */
const CLIENT_LENGTH = 200

export interface Client {
  /** An IP address. */
  address: string
  /** The User-Agent, as it was told. */
  client: string
}

/** The client of a request. */
export function clientOf(request: Pick<FastifyRequest, 'address' | 'headers'>): Client {
  return { address: request.address, client: (request.headers['user-agent'] ?? '').slice(0, CLIENT_LENGTH) }
}
