// Pages: their templates, what every page knows, and errors shown as pages.

import { join } from 'node:path'
import files from '@fastify/static'
import view from '@fastify/view'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import nunjucks, { type Environment } from 'nunjucks'
import type { Config } from '../../src/config.ts'
import { AccessLost, NotFound } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { ADMIN } from '../../src/tables/account.ts'
import { de } from '../../src/words/de.ts'
import { en, type Words } from '../../src/words/en.ts'
import { wordsFor } from '../../src/words/words-for.ts'
import { type Clock, createClock } from './clock.ts'
import { asFormRefused } from './form-tokens.ts'
import { errorInWords } from './forms.ts'
import { startOf } from './redirects.ts'
import { isPublic } from './request-kind.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The clock of the pages. */
    clock: Clock
    /** What the pages say, in their language. */
    words: Words
  }
  interface FastifyReply {
    /** Renders templates/<name>.njk with what every page knows, and `data`. */
    page(name: string, data?: object): Promise<string>
  }
}

const WORDS = { en, de }

/** How a template asks for a time: with the date and the minute, also with the second, or without the date. */
type TimeStyle = 'minute' | 'second' | 'timeOfDay'

const TEMPLATES = join(import.meta.dirname, '../../templates')

/** Serves the style sheet and the icon to everybody. */
export async function serveAssets(app: FastifyInstance): Promise<void> {
  await app.register(files, { root: join(TEMPLATES, 'static'), serve: false })
  for (const name of ['style.css', 'icon.svg']) {
    app.get(`/static/${name}`, { config: { policy: 'public' } }, (_request, reply) => reply.sendFile(name))
  }
}

/** Adds pages to the scope, after its sessions and forms. */
export async function addPages(app: FastifyInstance, config: Config): Promise<void> {
  const words = WORDS[config.language]
  app.decorate('words', words)
  const clock = createClock(config, words)
  app.decorate('clock', clock)
  await app.register(view, {
    engine: { nunjucks },
    root: TEMPLATES,
    options: {
      autoescape: true,
      throwOnUndefined: true,
      trimBlocks: true,
      lstripBlocks: true,
      noCache: config.demo,
      onConfigure: (templates: Environment) => {
        templates.addFilter('time', (instant: string, style: TimeStyle = 'minute') => clock[style](instant))
        templates.addFilter('wordsFor', wordsFor)
        templates.addGlobal('words', words)
        templates.addGlobal('siteName', config.siteName)
      }
    }
  })

  app.decorateReply('page', async function page(this: FastifyReply, name: string, data: object = {}) {
    const { method, principal, session } = this.request
    const notices = principal && method !== 'HEAD' ? await app.notices.take(session.sessionId) : []
    return await this.viewAsync(name, { ...layoutData(this.request, this), notices, ...data })
  })

  const inJson = app.errorResponse
  app.decorate('errorResponse', async function errorPage(error, request, reply) {
    // As for a form that arrives after its session has ended.
    if (error instanceof AccessLost) return { statusCode: 302, headers: { location: '/login?ended' }, payload: '' }
    const { body, headers } = app.describeError(asFormRefused(error), request)
    // For an address that does not exist, only browsers get a page: a program that mistyped one must not get HTML.
    const isUnknown = request.is404 && body.statusCode !== 405
    if (isUnknown && !request.headers.accept?.includes('text/html')) return await inJson(error, request, reply)
    if (body.statusCode >= 500) app.logFailure(error, request)
    const { error: reason, ...rest } = body
    const text = errorInWords(words, body, headers)
    const refused = await keepRefused(error, request)
    const data = {
      requestId: '',
      ...layoutData(request, reply),
      ...rest,
      error: words.errors.heading(body.statusCode, reason),
      message: '',
      text,
      ...(refused ?? { page: '', isKept: false })
    }
    return {
      statusCode: body.statusCode,
      headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
      payload: await app.view('error', data)
    }
  })

  app.setNotFoundHandler(() => Promise.reject(new NotFound('Address')))
}

/**
 * Keeps a form that was made for an earlier session of the same account, in the same browser. Returns the page of the
 * form, and whether it will be filled in there; undefined for other errors.
 */
async function keepRefused(error: Error, request: FastifyRequest) {
  if (asFormRefused(error) === error || !request.principal || isPublic(request)) return undefined
  const { keptForms, formTokens, notices } = request.server
  const form = formTokens.madeFor(request) === request.principal.id ? keptForms.of(request, request.url) : undefined
  if (form) await notices.keepForm(request.session.sessionId, form)
  return { page: keptForms.pageOf(request.url, (request.body ?? {}) as object), isKept: form !== undefined }
}

/** Returns what the layout of every page needs. */
function layoutData(request: FastifyRequest, reply: FastifyReply) {
  const { principal } = request
  return {
    principal,
    zone: request.server.clock.zone(),
    now: fromNow(),
    isAdmin: principal?.roles.includes(ADMIN) ?? false,
    start: principal ? startOf(principal) : '/',
    path: request.url.split('?', 1)[0],
    // No form for unknown users, and none on an error that happened before the session was read.
    csrf: request.session && (principal || isPublic(request)) ? request.server.formTokens.create(request, reply) : '',
    notices: [],
    sections: [],
    errors: {},
    message: '',
    typed: {}
  }
}
