// Which requests are forms of our own pages.

import type {} from '@fastify/session' // what it adds to a request
import type { FastifyRequest } from 'fastify'
import { FormRefused } from './errors.ts'

/**
 * onRequest hook: throws FormRefused for a form that, as the browser says (Origin, RFC 6454; Sec-Fetch-Site), comes from
 * another site, or that no form sends in this encoding. The token alone would do; this holds when one has leaked.
 */
export async function refuseForeignForms(request: FastifyRequest): Promise<void> {
  if (!isForm(request)) return
  const { origin, 'sec-fetch-site': site = 'none', 'content-type': type = '' } = request.headers
  const foreign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== request.host)
  if (foreign || !['same-origin', 'none'].includes(String(site))) {
    request.log.warn({ event: 'foreign form', origin, host: request.host, site }, 'a form of another site was refused')
    throw new FormRefused()
  }
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) throw new FormRefused()
}

/** Whether a request changes something: on the pages, only a form does. */
export function isForm({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** Whether anybody may see the page. */
export function isPublic(request: FastifyRequest): boolean {
  return request.routeOptions.config.policy === 'public'
}

/** Who a form is made for, which its token is bound to: a session, or, on a public page, whoever is about to sign in. */
export function formOwner(request: FastifyRequest): string {
  return isPublic(request) ? 'sign-in' : request.session.sessionId
}

/** FormRefused in place of the errors of @fastify/csrf-protection; other errors as they are. */
export function asFormRefused(error: Error): Error {
  const { code = '' } = error as { code?: string }
  return code.startsWith('FST_CSRF') ? new FormRefused() : error
}
