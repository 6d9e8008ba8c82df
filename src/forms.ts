// Which requests are forms of our own pages.

import type {} from '@fastify/session' // what it adds to a request
import type { FastifyRequest } from 'fastify'
import { FormRefused, invalidFields, UnsupportedMedia } from './errors.ts'
import { UTF8 } from './schemas.ts'

/**
 * onRequest hook: throws FormRefused for a form that, as the browser says (Origin, RFC 6454; Sec-Fetch-Site), comes from
 * another site, or that no form sends in this encoding. The token alone would do; this holds when one has leaked.
 */
export async function refuseForeignForms(request: FastifyRequest): Promise<void> {
  if (!isForm(request)) return
  const { origin, 'sec-fetch-site': site = 'none', 'content-type': type = '' } = request.headers
  const foreign = origin !== undefined && !isOwnOrigin(origin, request.host)
  if (foreign || !['same-origin', 'none'].includes(String(site))) {
    request.log.warn({ event: 'foreign form', origin, host: request.host, site }, 'a form of another site was refused')
    throw new FormRefused()
  }
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) throw new FormRefused()
  if (/charset/i.test(type) && !UTF8.test(type)) throw new UnsupportedMedia('Only the charset utf-8 is supported')
}

/**
 * Content-type parser for application/x-www-form-urlencoded: the fields with their texts, or a list of those that come
 * several times. What is not properly encoded UTF-8 is refused, where the usual parsers would store it bent.
 */
export function readForm(
  _request: FastifyRequest,
  body: Buffer | string,
  done: (error: Error | null, form?: object) => void
) {
  const fields: Record<string, string | string[]> = Object.create(null)
  try {
    for (const pair of body.toString('latin1').split('&').filter(Boolean)) {
      if (/[^\x20-\x7e]/.test(pair)) throw new URIError('bytes that a form encodes')
      const [name = '', value = ''] = pair
        .split(/=(.*)/s, 2)
        .map((text) => decodeURIComponent(text.replaceAll('+', ' ')))
      const before = fields[name]
      fields[name] = before === undefined ? value : [before, value].flat()
    }
    done(null, fields)
  } catch {
    done(invalidFields([{ field: 'body', message: 'is not a form in UTF-8' }]))
  }
}

// By host and port only: behind a proxy the scheme of our side is not the browser's.
function isOwnOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: theirs } = new URL(origin)
  const own = `${protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === theirs
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
