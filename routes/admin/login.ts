// Signing in to the pages, and out.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { failedLogin } from '../../src/login.ts'
import { ownPath } from '../../src/own-path.ts'
import type { ShowPage } from '../../src/pages.ts'
import { ADMIN } from '../../src/roles.ts'
import { Button, SignIn } from './schema.ts'

const login: FastifyPluginAsyncTypebox = async (app) => {
  const show: ShowPage = (request, reply, refusal) => {
    const { next } = { ...(request.query as object), ...(refusal?.typed ?? {}) } as { next?: unknown }
    const ended = 'ended' in (request.query as object)
    return reply.page('login', { next: ownPath(next), ended: ended && !refusal, ...refusal })
  }

  app.get(
    '/login',
    // Whatever is given as `next`, even several times, is looked at by ownPath. `ended` comes with a form sent too late.
    { config: { policy: 'public' }, schema: { querystring: Type.Object({ next: Type.Optional(Type.Unknown()) }) } },
    async function showSignIn(request, reply) {
      return request.principal ? reply.redirect('/') : show(request, reply)
    }
  )

  app.post(
    '/login',
    { config: { policy: 'public' }, schema: { body: SignIn }, errorHandler: app.onPage(show) },
    async function signInToPages(request, reply) {
      const { username, password, next } = request.body
      const account = await app.login.signIn(username, password, ADMIN).catch((error) => failedLogin(request, error))
      await request.startSession(account)
      request.username = account.username
      return reply.redirect(ownPath(next))
    }
  )

  app.post(
    '/logout',
    { config: { policy: 'any account' }, schema: { body: Button } },
    async function signOut(_request, reply) {
      await reply.endSession()
      return reply.redirect('/login')
    }
  )
}

export default login
