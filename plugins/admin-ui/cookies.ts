// The cookies of the pages. Over https they have the prefix `__Host-`: a browser accepts such a cookie only over https, and
// only from this very host (RFC 6265bis §4.1.3.2). The plugins that read and set cookies know one name, so hooks add and
// remove the prefix.

import type {} from '@fastify/cookie' // what it adds to a request
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The names of our cookies: the session, the secret which form tokens are bound to, and the list of users seen last. */
export const SESSION = 'session'
export const FORM_SECRET = 'form'
export const LAST_LIST = 'list'
export const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure: 'auto' } as const

const PREFIX = '__Host-'

/** onRequest hook, after @fastify/cookie has parsed: over https, keeps only cookies with the prefix and removes it. */
export function readHostCookies(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if (request.protocol === 'https') {
    const prefixed = Object.entries(request.cookies).filter(([name]) => name.startsWith(PREFIX))
    request.cookies = Object.fromEntries(prefixed.map(([name, value]) => [name.slice(PREFIX.length), value]))
  }
  done()
}

/** onSend hook, after all others that set cookies: over https, adds the prefix, and `Secure`, which it requires. */
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
