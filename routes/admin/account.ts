// The account of whoever is signed in: password, tokens and sessions.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { findAccount, type Principal } from '../../src/accounts.ts'
import type { ShowPage } from '../../src/pages.ts'
import { listTokens } from '../../src/token-list.ts'
import { ChangePassword, TOKENS_ON_A_PAGE, TokensQuery } from './schema.ts'

const account: FastifyPluginAsyncTypebox = async (app) => {
  const { db, sessions } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const { id } = request.principal as Principal
    const { before } = request.query as { before?: string }
    const [own, tokens, openSessions] = await Promise.all([
      findAccount(db, id),
      listTokens(db, id, { before, limit: TOKENS_ON_A_PAGE }),
      sessions.list(id)
    ])
    return reply.page('account', {
      account: own,
      ...tokens,
      before,
      sessions: openSessions,
      current: sessions.keyOf(request.session.sessionId),
      ...refusal
    })
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
