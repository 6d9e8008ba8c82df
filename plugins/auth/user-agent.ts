// From which address, and with which program, a user signed in. It is shown with tokens and sessions, so that users can
// tell their own from a thief's.

import type { FastifyRequest } from 'fastify'

/** Longer user agents are cut to this many characters. */
const USER_AGENT_LENGTH = 200

export interface SignInOrigin {
  /** An IP address. */
  address: string
  /** The User-Agent header, exactly as the client sent it. */
  user_agent: string
}

/** Returns where a request comes from. */
export function signInOrigin(request: Pick<FastifyRequest, 'address' | 'headers'>): SignInOrigin {
  return {
    address: request.address,
    user_agent: (request.headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH)
  }
}
