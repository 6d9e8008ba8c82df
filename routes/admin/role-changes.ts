// The form that changes the roles of a user. Giving the role admin, and giving up one's own, is asked once more.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { startOf } from '../../plugins/admin-ui/redirects.ts'
import { type Account, stateOf } from '../../plugins/auth/account-rows.ts'
import { ADMIN, AUDITOR, PAGE_ROLES } from '../../src/tables/account.ts'
import { devicesOf } from './devices.ts'
import { choices, SetRoles, UserPath } from './schema.ts'
import { unlessDone } from './stale-forms.ts'

/** `show` shows the page of the user, with an error on it. */
const roleChanges: FastifyPluginAsyncTypebox<{ show: ShowPage }> = async (app, { show }) => {
  const { accounts, words } = app

  app.post(
    '/roles',
    { schema: { params: UserPath, body: SetRoles }, errorHandler: app.showAgain(show) },
    async function changeRoles(request, reply) {
      const { id } = request.params
      const { seen, confirmed } = request.body
      const wanted = [...new Set(choices(request.body.roles))].sort()
      const account = await accounts.find(id)
      const gains = wanted.includes(ADMIN) && !account.roles.includes(ADMIN)
      const givesUp = id === request.principal?.id && account.roles.includes(ADMIN) && !wanted.includes(ADMIN)
      if ((gains || givesUp) && confirmed === undefined && stateOf(account) === seen) {
        const asked = gains ? aboutGiving(account, wanted) : await aboutGivingUp(request, account, wanted)
        const fields = [...wanted.map((role) => ['roles', role]), ['seen', seen], ['confirmed', 'yes']]
        const back = `/users/${id}`
        return reply.page('confirm', { ...asked, fields, action: `${back}/roles`, back, backTo: account.username })
      }

      await unlessDone(accounts.setRoles(id, wanted, request.actor(), seen), async () => {
        return (await accounts.find(id)).roles.join() === wanted.join()
      })
      if (givesUp && !PAGE_ROLES.some((role) => wanted.includes(role))) {
        await reply.endSession()
        return reply.redirect('/login?role-removed')
      }
      if (givesUp) {
        await request.notify(words.user.gaveUp)
        return reply.redirect(startOf({ roles: wanted }))
      }
      await request.notifyIn('roles', words.user.rolesChanged)
      return reply.redirect(`/users/${id}#roles-notice`)
    }
  )

  function aboutGiving({ username }: Account, wanted: string[]) {
    return {
      question: words.questions.giveAdmin(username),
      effects: words.questions.giveEffects(username, wanted),
      button: words.questions.giveButton(username)
    }
  }

  async function aboutGivingUp(request: FastifyRequest, { id }: Account, wanted: string[]) {
    const { devices } = await devicesOf(app, request, id)
    const sessions = devices.filter(({ kind }) => kind === 'session').length
    return {
      question: words.questions.giveUp,
      effects: words.questions.giveUpEffects(wanted.includes(AUDITOR), sessions),
      button: words.questions.giveUpButton
    }
  }
}

export default roleChanges
