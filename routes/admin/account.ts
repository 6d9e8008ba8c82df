// The account of whoever is signed in: password, tokens and sessions.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Principal } from '../../src/accounts.ts'
import type { ShowPage } from '../../src/pages.ts'
import { accessOf } from './access.ts'
import { ChangePassword, TokensQuery } from './schema.ts'

const account: FastifyPluginAsyncTypebox = async (app) => {
  const { sessions } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const { id } = request.principal as Principal
    return reply.page('account', { ...(await accessOf(app, request, id)), ...refusal })
  }

  app.get('/', { schema: { querystring: TokensQuery } }, show)

  app.post(
    '/password',
    {
      schema: { body: ChangePassword },
      errorHandler: app.onPage(show, { WRONG_PASSWORD: ['old_password', 'is not right'] })
    },
    async function changeOwnPassword(request, reply) {
      const { old_password, new_password } = request.body
      const changed = await app.login.changePassword(request.username, old_password, new_password)
      // That ended every session of the account, this one too. Whoever signed out meanwhile stays signed out.
      if (!(await sessions.end(request.session.sessionId))) return reply.redirect('/login')
      await request.startSession(changed)
      await request.tell('Your password was changed. Your tokens and your other sessions have ended.')
      return reply.redirect('/account')
    }
  )
}

export default account
