// Over https our cookies carry the prefix `__Host-`, with which a browser takes them from this very host and over https
// only (RFC 6265bis §4.1.3.2). The plugins that set and read them know one name, so it is added and taken off on the way.

import type {} from '@fastify/cookie' // what it adds to a request
import type { FastifyReply, FastifyRequest } from 'fastify'

const PREFIX = '__Host-'

/** onRequest hook, after @fastify/cookie has parsed: gives the cookies of an https request without the prefix, and no others. */
export function readHostCookies(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if (request.protocol === 'https') {
    const prefixed = Object.entries(request.cookies).filter(([name]) => name.startsWith(PREFIX))
    request.cookies = Object.fromEntries(prefixed.map(([name, value]) => [name.slice(PREFIX.length), value]))
  }
  done()
}

/** onSend hook, after all others that set cookies: adds the prefix over https, and `Secure`, without which it is refused. */
export function sendHostCookies(request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done): void {
  const cookies = [reply.getHeader('set-cookie') ?? []].flat().map(String)
  if (cookies.length > 0 && request.protocol === 'https') {
    reply.removeHeader('set-cookie')
    reply.header(
      'set-cookie',
      cookies.map((text) => `${PREFIX}${text.replace(PREFIX, '').replace(/; secure(?=;|$)/i, '')}; Secure`)
    )
  }
  done(null, payload)
}

type Done = (error: Error | null, payload: unknown) => void
