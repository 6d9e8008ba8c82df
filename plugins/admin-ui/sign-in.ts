// Signing in to the pages and out: cookies, the session behind each request, and the redirect to /login without one.

import cookie from '@fastify/cookie'
import session from '@fastify/session'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../src/config.ts'
import { ADMIN } from '../../src/tables/account.ts'
import { authorOf } from '../auth/account-events.ts'
import type { Actor } from '../auth/actor.ts'
import { signInOrigin } from '../auth/user-agent.ts'
import { cookieOptions, FORM_SECRET, LAST_LIST, readHostCookies, SESSION, sendHostCookies } from './cookies.ts'
import { createNotices } from './notices.ts'
import { ownPath } from './redirects.ts'
import { isForm, isPublic } from './request-kind.ts'
import { sessionStore } from './session-store.ts'
import { createSessions, type Sessions, sessionKey } from './sessions.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
    notices: ReturnType<typeof createNotices>
  }
  interface FastifyRequest {
    /** Signs an account in: starts a new session, under a new id. */
    startSession(account: { id: number; credentials_version: number }): Promise<void>
    /** Returns whose right a change needs: that of this session, with the role by which it may use the route. */
    actor(): Actor
    /** Adds a notice for the next page: a sentence, and a password that it shows this once. */
    notify(sentence: string, password?: string): Promise<void>
    /** Adds a notice for a section of the next page, where the form or button is. */
    notifyIn(section: string, sentence: string, password?: string): Promise<void>
  }
  interface FastifyReply {
    /** Ends the session, and makes the browser delete everything it stores of these pages. */
    endSession(): Promise<void>
  }
  interface Session {
    /** The session began with this request, so its cookie is on its way. */
    isNew?: boolean
  }
}

/** Adds sessions to the scope of the pages. */
export async function addSessions(app: FastifyInstance, config: Config): Promise<void> {
  const sessions = createSessions(app.db, config)
  const notices = createNotices(app.db, config)
  app.decorate('sessions', sessions)
  app.decorate('notices', notices)

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
  app.addHook('onRequest', recognize)

  app.decorateRequest('startSession', async function startSession(this: FastifyRequest, account) {
    await this.session.regenerate()
    await sessions.start(this.session.sessionId, account, signInOrigin(this))
    await this.session.save()
    this.session.isNew = true
    delete this.cookies[SESSION] // so that the plugin replaces the old cookie instead of clearing it
  })

  app.decorateReply('endSession', async function endSession(this: FastifyReply) {
    await this.request.session.destroy()
    for (const name of [SESSION, FORM_SECRET, LAST_LIST]) this.clearCookie(name, cookieOptions)
    this.header('clear-site-data', '"cache", "storage"')
  })

  app.decorateRequest('actor', function actor(this: FastifyRequest) {
    const { policy } = this.routeOptions.config
    const role = Array.isArray(policy) && policy.find((name) => this.principal?.roles.includes(name))
    return { by: authorOf(this), session: sessionKey(this.session.sessionId), role: role || ADMIN }
  })

  app.decorateRequest('notify', async function notify(this: FastifyRequest, sentence: string, password?: string) {
    await notices.add(this.session.sessionId, { sentence, password })
  })

  app.decorateRequest('notifyIn', async function notifyIn(this: FastifyRequest, section, sentence, password) {
    await notices.add(this.session.sessionId, { sentence, password, section })
  })

  // A response that failed, perhaps because its log row could not be written, must not hand out a session.
  async function withholdSession(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (reply.statusCode < 500 || !request.session) return
    const { isNew, sessionId } = request.session
    Object.assign(request, { session: null })
    if (!isNew) return
    await sessions.end(sessionId).catch((err) => request.log.warn({ err }, 'a session without a cookie remains'))
  }
}

/** Redirects to /login without a session, unless there is no such page. A form of a session that has ended is sent there once more, to be kept. */
export async function requireSession(request: FastifyRequest, reply: FastifyReply) {
  if (request.principal || isPublic(request) || request.is404) return
  if (isForm(request)) {
    const { [SESSION]: session, [FORM_SECRET]: secret } = request.cookies
    if (!session || !secret) return reply.redirect('/login?ended')
    return reply.redirect(`/login/resume?form=${encodeURIComponent(ownPath(request.url))}`, 307)
  }
  const next = ownPath(request.url)
  return reply.redirect(next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`)
}

// The first of our hooks, so that the access log names the user whatever happens to the request.
async function recognize(request: FastifyRequest): Promise<void> {
  const { principal } = request.session
  if (!principal) return
  request.principal = principal
  request.username = principal.username
  request.credential = `session ${sessionKey(request.session.sessionId)}`
}
