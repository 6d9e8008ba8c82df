// What the pages need and nothing else of the server has: cookies, sessions in the database, forms that no other site
// can send, templates, and errors told as pages. Registered in the scope of the pages only.

import { join } from 'node:path'
import cookie from '@fastify/cookie'
import csrfProtection from '@fastify/csrf-protection'
import session from '@fastify/session'
import files from '@fastify/static'
import view from '@fastify/view'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import nunjucks, { type Environment } from 'nunjucks'
import { clientOf } from '../src/client.ts'
import type { Config } from '../src/config.ts'
import { NotFound } from '../src/errors.ts'
import { asFormRefused, formOwner, isForm, isPublic, readForm, refuseForeignForms } from '../src/forms.ts'
import { readHostCookies, sendHostCookies } from '../src/host-cookies.ts'
import { ownPath } from '../src/own-path.ts'
import type { ShowPage } from '../src/pages.ts'
import { Strict } from '../src/schemas.ts'
import { deriveKey } from '../src/seal.ts'
import { sessionStore } from '../src/session-store.ts'
import { createSessions, type Sessions } from '../src/sessions.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
    /**
     * The route option `errorHandler` of a form: what the sender can mend is told on the page they sent it from. Takes,
     * by their code, the words for errors that name no field themselves.
     */
    onPage(
      show: ShowPage,
      words?: Record<string, [field: string, message: string]>
    ): (error: Error, request: FastifyRequest, reply: FastifyReply) => Promise<string>
  }
  interface FastifyRequest {
    /** A form of our own pages, from somebody who may send it. */
    isOurs: boolean
    /** Signs in: a new session, under a new id. */
    startSession(account: { id: number; credentials_version: number }): Promise<void>
    /** What the next page tells: a sentence, and a password that it shows this once. */
    tell(sentence: string, password?: string): Promise<void>
  }
  interface FastifyReply {
    /** Renders templates/<name>.njk with what every page knows, and `data`. */
    page(name: string, data?: object): Promise<string>
    /** Ends the session, and has the browser forget all that it holds of these pages. */
    endSession(): Promise<void>
  }
  interface Session {
    /** It began with this request, whose answer is to bring its cookie. */
    isNew?: boolean
  }
}

const TEMPLATES = join(import.meta.dirname, '../templates')
const SESSION = 'session'
const FORM_SECRET = 'form'
const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure: 'auto' } as const

/** What the sender of a form can do something about. */
const MENDABLE = /^(400|401|409|429)|403 (ROLE_MISSING|WRONG_PASSWORD)$/

async function adminUi(app: FastifyInstance, { config }: { config: Config }) {
  const sessions = createSessions(app.db, config)
  app.decorate('sessions', sessions)

  // Every page is HTML, and knows its caller by a session. What a form has to say is in its body.
  app.addHook('onRoute', function describePage(route) {
    route.config = { ...route.config, session: true }
    route.schema = {
      response: { 200: Type.String({ contentMediaType: 'text/html' }) },
      ...(route.method === 'POST' && { querystring: Strict({}) }),
      ...route.schema
    }
  })

  // Before the sessions are: no style sheet asks for one.
  await app.register(looks)

  await app.register(cookie)
  app.addHook('onRequest', readHostCookies)
  app.addHook('onSend', withholdSession)
  await app.register(session, {
    secret: config.secretKey,
    cookieName: SESSION,
    cookie: { ...cookieOptions },
    store: sessionStore(sessions),
    rolling: false,
    saveUninitialized: false
  })
  app.addHook('onSend', sendHostCookies)

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, readForm)
  await app.register(csrfProtection, {
    cookieKey: FORM_SECRET,
    cookieOpts: cookieOptions,
    csrfOpts: { hmacKey: deriveKey(config.secretKey, 'forms') },
    getToken: ({ body }) => (body as { _csrf?: string } | undefined)?._csrf,
    getUserInfo: formOwner
  })

  app.decorateRequest('isOurs', false)
  app.addHook('onRequest', recognize)
  app.addHook('onRequest', refuseForeignForms)
  app.addHook('onRequest', requireSession)
  // Not earlier: the token is in the body.
  app.addHook('preValidation', function requireFormToken(request, reply, done) {
    if (isForm(request)) app.csrfProtection(request, reply, done)
    else done()
  })
  // Once more, for a client may take its time to send a form, and lose what it had meanwhile.
  app.addHook('preValidation', async function requireSessionStill(request, reply) {
    if (!isForm(request)) return
    if (request.principal) request.principal = (await sessions.open(request.session.sessionId)) ?? null
    request.isOurs = true
    return requireSession(request, reply)
  })

  await app.register(view, {
    engine: { nunjucks },
    root: TEMPLATES,
    options: {
      autoescape: true,
      throwOnUndefined: true,
      trimBlocks: true,
      lstripBlocks: true,
      noCache: config.demo,
      onConfigure: (templates: Environment) => templates.addFilter('time', describeTime)
    }
  })

  app.decorateReply('page', async function page(this: FastifyReply, name: string, data: object = {}) {
    const { method, principal, session } = this.request
    const notices = principal && method !== 'HEAD' ? await sessions.told(session.sessionId) : []
    return await this.viewAsync(name, { ...context(this.request, this), notices, ...data })
  })

  app.decorateRequest('startSession', async function startSession(this: FastifyRequest, account) {
    await this.session.regenerate()
    await sessions.start(this.session.sessionId, account, clientOf(this))
    await this.session.save()
    this.session.isNew = true
    delete this.cookies[SESSION] // so that the old one is replaced, not cleared
  })

  app.decorateReply('endSession', async function endSession(this: FastifyReply) {
    await this.request.session.destroy()
    for (const name of [SESSION, FORM_SECRET]) this.clearCookie(name, cookieOptions)
    this.header('clear-site-data', '"cache", "storage"')
  })

  app.decorateRequest('tell', async function tell(this: FastifyRequest, sentence: string, password?: string) {
    await sessions.tell(this.session.sessionId, { sentence, password })
  })

  // An answer that failed, also at its row in the access log, hands out no session.
  async function withholdSession(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (reply.statusCode < 500 || !request.session) return
    const { isNew, sessionId } = request.session
    Object.assign(request, { session: null })
    if (isNew)
      await sessions.end(sessionId).catch((error) => request.log.warn({ err: error }, 'a session is left over'))
  }

  const inJson = app.errorAnswer
  app.decorate('errorAnswer', async function errorPage(error, request, reply) {
    const { body, headers } = app.describeError(asFormRefused(error), request)
    // An address that nothing has is no page: a program that mistyped one is not sent HTML.
    const isLost = request.is404 && body.statusCode !== 405
    if (isLost && !request.headers.accept?.includes('text/html')) return await inJson(error, request, reply)
    if (body.statusCode >= 500) request.log.error({ err: error }, 'request failed')
    return {
      statusCode: body.statusCode,
      headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
      payload: await app.view('error', {
        requestId: '',
        ...context(request, reply),
        ...body,
        text: body.message,
        message: ''
      })
    }
  })

  app.decorate('onPage', function onPage(show, words = {}) {
    return async function answerOnPage(error, request, reply) {
      const { validationContext } = error as { validationContext?: string }
      // Before that nobody knows who is asking, and the page may not be for them to see.
      if (!request.isOurs || (validationContext && validationContext !== 'body')) throw error
      const { body, headers } = app.describeError(error, request)
      if (!MENDABLE.test(`${body.statusCode} ${body.code}`)) throw error
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

  app.setNotFoundHandler(() => Promise.reject(new NotFound('Address')))

  /** What the layout of every page needs to know. */
  function context(request: FastifyRequest, reply: FastifyReply) {
    const { principal } = request
    return {
      principal,
      path: request.url.split('?', 1)[0],
      // No form for somebody unknown, nor on the error of a request that got no further than its head.
      csrf: request.session && (principal || isPublic(request)) ? csrfToken(request, reply) : '',
      notices: [],
      errors: {},
      message: '',
      typed: {}
    }
  }

  function csrfToken(request: FastifyRequest, reply: FastifyReply): string {
    // The typing knows `userInfo` for secure-session only.
    return reply.generateCsrf({ userInfo: formOwner(request) } as object)
  }
}

/** The style sheet and the icon, for everybody. */
async function looks(app: FastifyInstance) {
  await app.register(files, { root: join(TEMPLATES, 'static'), serve: false })
  for (const name of ['style.css', 'icon.svg']) {
    app.get(`/static/${name}`, { config: { policy: 'public' } }, (_request, reply) => reply.sendFile(name))
  }
}

// First of all, so that the access log names who is asking, whatever becomes of it.
async function recognize(request: FastifyRequest): Promise<void> {
  const { principal } = request.session
  if (!principal) return
  request.principal = principal
  request.username = principal.username
}

async function requireSession(request: FastifyRequest, reply: FastifyReply) {
  if (request.principal || isPublic(request)) return
  if (isForm(request)) return reply.redirect('/login?ended')
  const next = ownPath(request.url)
  return reply.redirect(next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`)
}

/** `2024-01-01 11:24`, in UTC. */
function describeTime(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)}`
}

export default fp(adminUi, { name: 'admin-ui', fastify: '5.x', dependencies: ['database', 'access-log', 'errors'] })
