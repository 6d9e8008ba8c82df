// The page of one user: password, roles and state. Deletion, tokens and sessions are in files of their own.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { listEvents } from '../../plugins/admin-ui/account-history.ts'
import type { Refusal } from '../../plugins/admin-ui/forms.ts'
import { ownPath } from '../../plugins/admin-ui/redirects.ts'
import { refuseOwnAccount } from '../../plugins/admin-ui/refusals.ts'
import { listRoles } from '../../plugins/admin-ui/role-list.ts'
import { user } from '../../src/tables/account.ts'
import { accessOf } from './access.ts'
import deletePage from './delete-page.ts'
import { Button, choices, SetPassword, SetRoles, TokensQuery, UserPath } from './schema.ts'
import signIns from './sign-ins.ts'

/** How many changes of the account are shown: the latest. */
const EVENTS_SHOWN = 50

const userPage: FastifyPluginAsyncTypebox = async (app) => {
  const { db, accounts } = app
  app.subject(user)

  // `held` are the roles whose boxes are checked: those of the user, or those of a refused form.
  const show = async (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal, held?: string[]) => {
    const { id } = request.params as { id: number }
    const [access, roles, lock, events] = await Promise.all([
      accessOf(app, request, id),
      listRoles(db),
      app.login.lockOf(id),
      listEvents(db, id, EVENTS_SHOWN)
    ])
    return reply.page('user', { ...access, roles, lock, events, held: held ?? access.account.roles, ...refusal })
  }

  app.get('/', { schema: { params: UserPath, querystring: TokensQuery } }, (request, reply) => show(request, reply))

  app.post(
    '/password',
    { schema: { params: UserPath, body: SetPassword }, errorHandler: app.showAgain(show) },
    async function resetPassword(request, reply) {
      const { id } = request.params
      refuseOwnAccount(request, 'reset the password of')
      const chosen = request.body.password
      const { username } = await accounts.find(id)
      const password = await accounts.setPassword(id, chosen === '' ? undefined : chosen, request.actor())
      const done = `${username} has a new password. All tokens and sessions have ended.`
      if (chosen === '') await request.notify(`${done} The new password is:`, password)
      else await request.notify(done)
      return reply.redirect(`/users/${id}`)
    }
  )

  app.post(
    '/roles',
    {
      schema: { params: UserPath, body: SetRoles },
      errorHandler: app.showAgain((request, reply, refusal) =>
        show(request, reply, refusal, choices(refusal?.typed.roles))
      )
    },
    async function changeRoles(request, reply) {
      const { id } = request.params
      await accounts.setRoles(id, choices(request.body.roles), request.actor())
      await request.notify('The roles were changed.')
      return reply.redirect(`/users/${id}`)
    }
  )

  const button = { schema: { params: UserPath, body: Button }, errorHandler: app.showAgain(show) }

  app.post('/disable', button, async function disable(request, reply) {
    refuseOwnAccount(request, 'disable')
    await accounts.setDisabled(request.params.id, true, request.actor())
    await request.notify('The account was disabled. All tokens and sessions have ended.')
    return reply.redirect(`/users/${request.params.id}`)
  })

  app.post('/enable', button, async function enable(request, reply) {
    await accounts.setDisabled(request.params.id, false, request.actor())
    await request.notify('The account was enabled.')
    return reply.redirect(`/users/${request.params.id}`)
  })

  app.post('/unlock', button, async function unlock(request, reply) {
    await accounts.unlock(request.params.id, request.actor())
    await request.notify('The account was unlocked.')
    return reply.redirect(ownPath(request.body.next ?? `/users/${request.params.id}`))
  })

  app.register(deletePage)
  app.register(signIns, { show })
}

export default userPage
