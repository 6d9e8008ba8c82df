// Signing in to the pages, and out.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { ownPath, startOf } from '../../plugins/admin-ui/redirects.ts'
import { PAGE_ROLES } from '../../src/tables/account.ts'
import { AnyForm, Button, SignIn } from './schema.ts'

const loginPage: FastifyPluginAsyncTypebox = async (app) => {
  const { words } = app

  const show: ShowPage = (request, reply, refusal) => {
    const query = request.query as Record<string, unknown>
    const { next, kept = '' } = refusal ? refusal.typed : { next: query.next }
    const reason = refusal ? undefined : Object.keys(words.signIn.reasons).find((name) => name in query)
    return reply.page('login', { next: ownPath(next), kept, reason: reason ?? '', ...refusal })
  }

  app.get(
    '/login',
    // `next` can be anything, even a list: ownPath checks it. The flags are the reasons of the words.
    { config: { policy: 'public' }, schema: { querystring: Type.Object({ next: Type.Optional(Type.Unknown()) }) } },
    async function showSignIn(request, reply) {
      return request.principal ? reply.redirect(startOf(request.principal)) : show(request, reply)
    }
  )

  // Where a form goes whose session has ended: see requireSession. The text is in the body, so it cannot be a GET.
  app.post(
    '/login/resume',
    {
      config: { policy: 'public', action: 'read', changesNothing: true },
      schema: { body: AnyForm, querystring: Type.Object({ form: Type.String() }) }
    },
    async function keepForm(request, reply) {
      const action = ownPath(request.query.form)
      const user_id = app.formTokens.madeFor(request)
      if (user_id === undefined) return reply.redirect('/login?ended')
      const form = app.keptForms.of(request, action)
      const kept = form ? app.keptForms.close(form, user_id) : ''
      const next = app.keptForms.pageOf(action, request.body)
      return reply.code(401).page('login', { next, kept, reason: kept ? 'kept' : 'ended' })
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
      const kept = request.body.kept && app.keptForms.open(request.body.kept, account.id)
      if (kept) {
        await app.notices.keepForm(request.session.sessionId, kept)
        await request.notify(words.signIn.again)
        return reply.redirect(kept.page)
      }
      return reply.redirect(next === '/' ? startOf(await app.accounts.find(account.id)) : next)
    }
  )

  app.post(
    '/logout',
    { config: { policy: 'any account', action: 'execute' }, schema: { body: Button } },
    async function signOut(_request, reply) {
      await reply.endSession()
      return reply.redirect('/login?signed-out')
    }
  )
}

export default loginPage
