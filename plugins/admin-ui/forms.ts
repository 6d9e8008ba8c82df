// Forms: read strictly, accepted only from these pages, and shown again with their errors.
// @fastify/formbody is not used: it accepts broken encodings and stores something else than was sent.

import csrfProtection from '@fastify/csrf-protection'
import type {} from '@fastify/session' // what it adds to a request
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../src/config.ts'
import { deriveKey } from '../../src/derived-key.ts'
import { invalidFields, UnsupportedMedia } from '../../src/errors.ts'
import { UTF8 } from '../../src/schemas.ts'
import { cookieOptions, FORM_SECRET } from './cookies.ts'
import { FormRefused } from './refusals.ts'
import { isForm, isPublic } from './request-kind.ts'
import { requireSession } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Returns the route option `errorHandler` of a form: errors that the user can correct are shown on the form's page.
     * `words` gives field and text for the codes of errors that name no field themselves.
     */
    showAgain(
      show: ShowPage,
      words?: Record<string, [field: string, message: string]>
    ): (error: Error, request: FastifyRequest, reply: FastifyReply) => Promise<string>
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
}

/** Renders a page. With a refusal, it shows the errors next to what was typed. */
export type ShowPage = (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) => Promise<string>

/** More fields than any page has. */
const MAX_FIELDS = 200

/** Errors that the user can correct, by status and code. */
const CORRECTABLE = /^(400|401|409|429)|403 (ROLE_MISSING|WRONG_PASSWORD)$/

/** Adds forms to the scope of the pages, after its sessions. */
export async function addForms(app: FastifyInstance, config: Config): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, readForm)
  await app.register(csrfProtection, {
    cookieKey: FORM_SECRET,
    cookieOpts: cookieOptions,
    csrfOpts: { hmacKey: deriveKey(config.secretKey, 'forms') },
    getToken: ({ body }) => (body as { _csrf?: string } | undefined)?._csrf,
    getUserInfo: formOwner
  })

  app.decorateRequest('isOurForm', false)
  app.addHook('onRequest', refuseForeignForms)
  app.addHook('onRequest', requireSession)
  // Not in onRequest: the token is in the body.
  app.addHook('preValidation', function requireFormToken(request, reply, done) {
    if (isForm(request)) app.csrfProtection(request, reply, done)
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
      const details = body.details?.map(({ field, message }) => [field, message] as const)
      const named = details ?? (words[body.code] ? [words[body.code] as [string, string]] : [])
      reply.code(body.statusCode).headers(headers)
      return show(request, reply, {
        errors: Object.fromEntries(named),
        ...(named.length === 0 && { message: body.message }),
        typed: (request.body ?? {}) as Record<string, unknown>
      })
    }
  })
}

/** Returns whom a form's token is bound to: a session or, on a public page, whoever is about to sign in. */
export function formOwner(request: FastifyRequest): string {
  return isPublic(request) ? 'sign-in' : request.session.sessionId
}

/** Returns FormRefused for an error of @fastify/csrf-protection, and any other error unchanged. */
export function asFormRefused(error: Error): Error {
  const { code = '' } = error as { code?: string }
  return code.startsWith('FST_CSRF') ? new FormRefused() : error
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
    // Not its value, which a client can choose: nothing of a request gets into the process log.
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

/**
 * Content-type parser for application/x-www-form-urlencoded. Gives each field its text, or a list of texts if it occurs
 * several times. Rejects what is not properly encoded UTF-8, and forms with too many fields. Its cost grows with the size
 * of the body only: it runs before anybody is known to be signed in.
 */
export function readForm(
  _request: FastifyRequest,
  body: Buffer | string,
  done: (error: Error | null, form?: object) => void
) {
  const pairs = body.toString('latin1').split('&', MAX_FIELDS + 1)
  if (pairs.length > MAX_FIELDS) {
    return done(invalidFields([{ field: 'body', message: `must have at most ${MAX_FIELDS} fields` }]))
  }
  const fields: Record<string, string | string[]> = Object.create(null)
  try {
    for (const pair of pairs.filter(Boolean)) {
      if (/[^\x20-\x7e]/.test(pair)) throw new URIError('bytes that must be percent-encoded')
      const [name = '', value = ''] = pair
        .split(/=(.*)/s, 2)
        .map((text) => decodeURIComponent(text.replaceAll('+', ' ')))
      const before = fields[name]
      fields[name] = before === undefined ? value : [before, value].flat()
    }
    done(null, fields)
  } catch {
    done(invalidFields([{ field: 'body', message: 'must be a form in UTF-8' }]))
  }
}
