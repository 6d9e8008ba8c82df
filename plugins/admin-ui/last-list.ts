// The way back from a user's page to the list of users, with its search, its filters and its place. A cookie remembers it,
// because forms and redirects lie in between.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieOptions, LAST_LIST } from './cookies.ts'
import { ownPath } from './redirects.ts'

/** The page with the list of users. */
const LIST = '/'
/** Longer addresses are not remembered. */
const MAX_LENGTH = 1500

/** Remembers the address of the list that this request shows. */
export function rememberList(request: FastifyRequest, reply: FastifyReply): void {
  const known = request.cookies[LAST_LIST]
  if (request.url === known || request.url.length > MAX_LENGTH) return
  // The list as it is at first needs no cookie.
  if (request.url !== LIST) reply.setCookie(LAST_LIST, request.url, cookieOptions)
  else if (known !== undefined) reply.clearCookie(LAST_LIST, cookieOptions)
}

/** Returns the address of the list that this browser showed last, and how a link to it is called. */
export function lastList(request: FastifyRequest): { address: string; title: string } {
  const words = request.server.words.users
  const url = new URL(ownPath(request.cookies[LAST_LIST]), 'http://here.invalid')
  if (url.pathname !== LIST) return { address: LIST, title: words.title }
  const { q, page } = Object.fromEntries(url.searchParams)
  const parts = [words.title, q && words.quoted(q), page && words.page(page)]
  return { address: `${url.pathname}${url.search}`, title: parts.filter(Boolean).join(', ') }
}
