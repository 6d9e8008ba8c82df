// Signing in to the pages, and out.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { ownPath, startOf } from '../../plugins/admin-ui/redirects.ts'
import { PAGE_ROLES } from '../../src/tables/account.ts'
import { Button, SignIn } from './schema.ts'

const loginPage: FastifyPluginAsyncTypebox = async (app) => {
  const show: ShowPage = (request, reply, refusal) => {
    const { next } = { ...(request.query as object), ...(refusal?.typed ?? {}) } as { next?: unknown }
    const ended = 'ended' in (request.query as object)
    return reply.page('login', { next: ownPath(next), ended: ended && !refusal, ...refusal })
  }

  app.get(
    '/login',
    // `next` can be anything, even a list: ownPath checks it. `ended` is set after a form that was sent too late.
    { config: { policy: 'public' }, schema: { querystring: Type.Object({ next: Type.Optional(Type.Unknown()) }) } },
    async function showSignIn(request, reply) {
      return request.principal ? reply.redirect(startOf(request.principal)) : show(request, reply)
    }
  )

  app.post(
    '/login',
    {
      config: { policy: 'public', checksPassword: true, action: 'execute' },
      schema: { body: SignIn },
      errorHandler: app.showAgain(show)
    },
    async function signIn(request, reply) {
      const account = await app.login.signIn(request, request.body, PAGE_ROLES)
      await request.startSession(account)
      const next = ownPath(request.body.next)
      return reply.redirect(next === '/' ? startOf(await app.accounts.find(account.id)) : next)
    }
  )

  app.post(
    '/logout',
    { config: { policy: 'any account', action: 'execute' }, schema: { body: Button } },
    async function signOut(_request, reply) {
      await reply.endSession()
      return reply.redirect('/login')
    }
  )
}

export default loginPage
