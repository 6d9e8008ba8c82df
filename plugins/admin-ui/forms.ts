// Forms: accepted only from these pages, and shown again with their errors.

import csrfProtection from '@fastify/csrf-protection'
import type {} from '@fastify/session' // what it adds to a request
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../src/config.ts'
import { deriveKey } from '../../src/derived-key.ts'
import { UnsupportedMedia } from '../../src/errors.ts'
import { type ErrorBody, UTF8 } from '../../src/schemas.ts'
import type { Words } from '../../src/words/en.ts'
import { cookieOptions, FORM_SECRET } from './cookies.ts'
import { readForm } from './form-reader.ts'
import { createFormTokens, type FormTokens, formOwner } from './form-tokens.ts'
import { FormRefused } from './refusals.ts'
import { isForm } from './request-kind.ts'
import { requireSession } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    formTokens: FormTokens
    /**
     * Returns the route option `errorHandler` of a form: errors that the user can correct are shown on the form's page.
     * `words` gives field and text for the codes of errors that name no field themselves.
     */
    showAgain(
      show: ShowPage,
      words?: Record<string, [field: string, message: string]>
    ): (error: Error, request: FastifyRequest, reply: FastifyReply) => Promise<string>
  }
  interface FastifyContextConfig {
    /** The route is called by POST, but needs no form token, because it changes nothing. */
    changesNothing?: boolean
  }
  interface FastifyRequest {
    /** The request is a form of these pages, sent by somebody who may send it. */
    isOurForm: boolean
  }
}

/** Why a form was refused, and what had been typed into it. */
export interface Refusal {
  /** By field name. */
  errors: Record<string, string>
  /** An error that belongs to no field. */
  message?: string
  typed: Record<string, unknown>
  /** The address that the form goes to, where it is shown again after a new sign-in. */
  action?: string
}

/** Renders a page. With a refusal, it shows the errors next to what was typed. */
export type ShowPage = (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) => Promise<string>

/** Errors that the user can correct, by status and code. */
const CORRECTABLE = /^(400|401|409|429)|403 (ROLE_MISSING|WRONG_PASSWORD)$/

/** Adds forms to the scope of the pages, after its sessions. */
export async function addForms(app: FastifyInstance, config: Config): Promise<void> {
  const formTokens = createFormTokens(config)
  app.decorate('formTokens', formTokens)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, readForm)
  await app.register(csrfProtection, {
    cookieKey: FORM_SECRET,
    cookieOpts: cookieOptions,
    csrfOpts: { hmacKey: deriveKey(config.secretKey, 'forms') },
    getToken: formTokens.ofSession,
    getUserInfo: formOwner
  })

  app.decorateRequest('isOurForm', false)
  app.addHook('onRequest', refuseForeignForms)
  app.addHook('onRequest', requireSession)
  // Not in onRequest: the token is in the body.
  app.addHook('preValidation', function requireFormToken(request, reply, done) {
    if (isForm(request) && !request.routeOptions.config.changesNothing) app.csrfProtection(request, reply, done)
    else done()
  })
  // A client can send its form slowly, and lose its session before the form is complete.
  app.addHook('preValidation', async function requireSessionAgain(request, reply) {
    if (!isForm(request)) return
    if (request.principal) request.principal = (await app.sessions.open(request.session.sessionId)) ?? null
    request.isOurForm = true
    return requireSession(request, reply)
  })

  app.decorate('showAgain', function showAgain(show, words = {}) {
    return async function showFormAgain(error, request, reply) {
      const { validationContext } = error as { validationContext?: string }
      // Before the sender is known, the page must not be shown: it may not be for them.
      if (!request.isOurForm || (validationContext && validationContext !== 'body')) throw error
      const { body, headers } = app.describeError(error, request)
      if (!CORRECTABLE.test(`${body.statusCode} ${body.code}`)) throw error
      const { words: ours } = app
      const details = body.details?.map(({ field, message }) => [field, ours.errors.problem(message)] as const)
      const own = words[body.code] // which say it better than the API does
      const named = own ? [own] : (details ?? [])
      reply.code(body.statusCode).headers(headers)
      return show(request, reply, {
        errors: Object.fromEntries(named),
        ...(named.length === 0 && { message: errorInWords(ours, body, headers) }),
        typed: (request.body ?? {}) as Record<string, unknown>
      })
    }
  })
}

/** Returns an error in the words of the pages. They say how long to wait, where the error knows it. */
export function errorInWords({ errors }: Words, body: ErrorBody, headers: Record<string, string>): string {
  // The words of a 400 are about its fields, where there are some: code and message only repeat the first.
  const [first] = body.details ?? []
  const text = first ? errors.ofField(first.field, errors.problem(first.message)) : errors.text(body.code, body.message)
  const seconds = headers['retry-after']
  return seconds === undefined ? text : text.replace(errors.later, errors.in(Number(seconds)))
}

/**
 * onRequest hook. Throws FormRefused for a form that comes from another site, according to the browser (Origin, RFC 6454;
 * Sec-Fetch-Site), or that has an encoding that no form uses. The form token would be enough; this is for the case that
 * one has leaked.
 */
async function refuseForeignForms(request: FastifyRequest): Promise<void> {
  if (!isForm(request) || request.is404) return
  const { origin, 'sec-fetch-site': site = 'none', 'content-type': type = '' } = request.headers
  const foreign = origin !== undefined && !isOwnOrigin(origin, request.host)
  if (foreign || !['same-origin', 'none'].includes(String(site))) {
    const sent = foreign ? 'origin' : 'sec-fetch-site'
    // The name only: clients choose the value, and the process log must not repeat what they send.
    request.log.warn({ event: 'foreign form', header: sent }, 'a form of another site was refused')
    throw new FormRefused()
  }
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) throw new FormRefused()
  if (/charset/i.test(type) && !UTF8.test(type)) throw new UnsupportedMedia('Only the charset utf-8 is supported')
}

// Compares host and port only: behind a proxy, the browser's scheme is not ours.
function isOwnOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: theirs } = new URL(origin)
  const own = `${protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === theirs
}
