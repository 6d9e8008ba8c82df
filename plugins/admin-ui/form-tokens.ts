// The tokens of forms: that of @fastify/csrf-protection, which is bound to a session, and a stamp that says which account
// and browser the form was made for. The stamp outlives the session. It allows nothing but to show a form again, with what
// was typed into it, to the same account.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { deriveKey } from '../../src/derived-key.ts'
import { cookieOptions, FORM_SECRET } from './cookies.ts'
import { FormRefused } from './refusals.ts'
import { isPublic } from './request-kind.ts'

const SECRET_BYTES = 18

export type FormTokens = ReturnType<typeof createFormTokens>

/** Returns how the tokens of forms are made and read. */
export function createFormTokens({ secretKey }: { secretKey: string }) {
  const key = deriveKey(secretKey, 'form stamps')

  function stampOf({ cookies }: FastifyRequest, token: string, user_id: string): string {
    const hash = createHmac('sha256', key).update(JSON.stringify([cookies[FORM_SECRET], token, user_id]))
    return `${user_id}.${hash.digest('base64url')}`
  }

  /** Returns the token of a form and the account it was made for, in this browser. Undefined when there is no such form. */
  function read(request: FastifyRequest): { token: string; user_id: number } | undefined {
    const sent = (request.body as { _csrf?: unknown } | undefined)?._csrf
    const [, token = '', stamp = '', user_id = ''] =
      (typeof sent === 'string' && /^([\w-]+)\.(([1-9]\d{0,9})\.[\w-]+)$/.exec(sent)) || []
    if (!token || !request.cookies[FORM_SECRET]) return undefined
    const [own, given] = [stampOf(request, token, user_id), stamp].map((text) => Buffer.from(text)) as [Buffer, Buffer]
    const isOurs = own.length === given.length && timingSafeEqual(own, given)
    return isOurs ? { token, user_id: Number(user_id) } : undefined
  }

  return {
    /** Returns the account that a form was made for, in this browser and perhaps in an earlier session of it. */
    madeFor: (request: FastifyRequest) => read(request)?.user_id,

    /** Returns the part of a form's token that @fastify/csrf-protection checks. */
    ofSession(request: FastifyRequest): string | undefined {
      if (isPublic(request)) return (request.body as { _csrf?: string } | undefined)?._csrf
      const form = read(request)
      return form?.user_id === request.principal?.id ? form?.token : undefined
    },

    /** Returns the token for the forms of a page, and sets the cookie with its secret if the browser has none. */
    create(request: FastifyRequest, reply: FastifyReply): string {
      if (!request.cookies[FORM_SECRET]) {
        const secret = randomBytes(SECRET_BYTES).toString('base64url')
        request.cookies[FORM_SECRET] = secret
        reply.setCookie(FORM_SECRET, secret, cookieOptions)
      }
      // The plugin's types allow `userInfo` only with secure-session.
      const token = reply.generateCsrf({ userInfo: formOwner(request) } as object)
      if (isPublic(request) || !request.principal) return token
      return `${token}.${stampOf(request, token, String(request.principal.id))}`
    }
  }
}

/** Returns what the token of a form is bound to: a session, or the sign-in page, which has none. */
export function formOwner(request: FastifyRequest): string {
  return isPublic(request) ? 'sign-in' : request.session.sessionId
}

/** Returns FormRefused for an error of @fastify/csrf-protection, and any other error unchanged. */
export function asFormRefused(error: Error): Error {
  const { code = '' } = error as { code?: string }
  return code.startsWith('FST_CSRF') ? new FormRefused() : error
}
