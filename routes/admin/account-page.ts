// The page of one's own account: password, devices, and the last sign-ins.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SIGN_IN_ROUTES } from '../../plugins/access-log/filter.ts'
import { searchLog } from '../../plugins/access-log/search.ts'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import type { Principal } from '../../plugins/auth/accounts.ts'
import { invalidFields } from '../../src/errors.ts'
import { devicesOf } from './devices.ts'
import ownDevices from './own-devices.ts'
import { ChangePassword, TokensQuery } from './schema.ts'

/** How many of one's own sign-ins are shown: the latest. */
const SIGN_INS_SHOWN = 10

const accountPage: FastifyPluginAsyncTypebox = async (app) => {
  const { db, accounts, words } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const { id, username } = request.principal as Principal
    const signIns = { user: username, method: 'POST', routes: SIGN_IN_ROUTES, outcome: 'success' } as const
    const [account, devices, logged] = await Promise.all([
      accounts.find(id),
      devicesOf(app, request, id),
      searchLog(db, signIns, { limit: SIGN_INS_SHOWN })
    ])
    // Another account may have had the name before.
    const own = logged.rows.filter(({ user_id }) => user_id === id)
    return reply.page('account', { account, ...devices, signIns: own, sections: ['devices', 'password'], ...refusal })
  }

  app.get('/', { schema: { querystring: TokensQuery } }, show)

  app.post(
    '/password',
    {
      config: { checksPassword: true },
      schema: { body: ChangePassword },
      errorHandler: app.showAgain(show, { WRONG_PASSWORD: ['old_password', words.account.isWrong] })
    },
    async function changeOwnPassword(request, reply) {
      const { old_password, new_password, repeated_password } = request.body
      // The fields hide what is typed, so a mistake would lock its author out.
      if (repeated_password !== new_password) {
        throw invalidFields([{ field: 'repeated_password', message: 'is not the same as the new password' }])
      }
      const changed = await app.login.changePassword(request, old_password, new_password, request.actor())
      // This has ended every session of the account. A user who has signed out in the meantime stays signed out.
      if (!(await app.sessions.end(request.session.sessionId))) return reply.redirect('/login')
      await request.startSession(changed)
      await request.notifyIn('password', words.account.changed)
      return reply.redirect('/account#password-notice')
    }
  )

  app.register(ownDevices)
}

export default accountPage
