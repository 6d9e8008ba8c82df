// The page of one's own account: password, tokens and sessions.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import type { Principal } from '../../plugins/auth/accounts.ts'
import { accessOf } from './access.ts'
import { ChangePassword, TokensQuery } from './schema.ts'

const accountPage: FastifyPluginAsyncTypebox = async (app) => {
  const show: ShowPage = async (request, reply, refusal) => {
    const { id } = request.principal as Principal
    return reply.page('account', { ...(await accessOf(app, request, id)), ...refusal })
  }

  app.get('/', { schema: { querystring: TokensQuery } }, show)

  app.post(
    '/password',
    {
      config: { checksPassword: true },
      schema: { body: ChangePassword },
      errorHandler: app.showAgain(show, { WRONG_PASSWORD: ['old_password', 'is wrong'] })
    },
    async function changeOwnPassword(request, reply) {
      const { old_password, new_password } = request.body
      const changed = await app.login.changePassword(request, old_password, new_password, request.actor())
      // This has ended every session of the account. A user who has signed out in the meantime stays signed out.
      if (!(await app.sessions.end(request.session.sessionId))) return reply.redirect('/login')
      await request.startSession(changed)
      await request.notify('Your password was changed. Your tokens and your other sessions have ended.')
      return reply.redirect('/account')
    }
  )
}

export default accountPage
