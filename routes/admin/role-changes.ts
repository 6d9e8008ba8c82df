// The form that changes the roles of a user. Giving the role admin, and giving up one's own, is asked once more.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { startOf } from '../../plugins/admin-ui/redirects.ts'
import { type Account, stateOf } from '../../plugins/auth/account-rows.ts'
import { ADMIN, AUDITOR, PAGE_ROLES } from '../../src/tables/account.ts'
import { devicesOf, plural } from './devices.ts'
import { choices, SetRoles, UserPath } from './schema.ts'
import { unlessDone } from './stale-forms.ts'

/** `show` shows the page of the user, with an error on it. */
const roleChanges: FastifyPluginAsyncTypebox<{ show: ShowPage }> = async (app, { show }) => {
  const { accounts } = app

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
        await request.notify('You have given up your own role admin. Only another administrator can give it back.')
        return reply.redirect(startOf({ roles: wanted }))
      }
      await request.notifyIn('roles', 'The roles were changed.')
      return reply.redirect(`/users/${id}#roles-notice`)
    }
  )

  function aboutGiving({ username }: Account, wanted: string[]) {
    return {
      question: `Give ${username} the role admin?`,
      effects: [
        `${username} will be able to do everything on these pages: add, change and delete users, give and take roles, sign users out, and read the access log.`,
        `The roles of ${username} will be: ${wanted.join(', ')}. They take effect at once, and no device is signed out.`
      ],
      button: `Give ${username} the role admin`
    }
  }

  async function aboutGivingUp(request: FastifyRequest, { id }: Account, wanted: string[]) {
    const { devices } = await devicesOf(app, request, id)
    const sessions = devices.filter(({ kind }) => kind === 'session').length
    const remains = wanted.includes(AUDITOR)
      ? 'You stay signed in, and can still open the activity and your own account, because you keep the role auditor.'
      : `You are signed out of these pages at once, in ${plural(sessions, 'browser', 'browsers')}, this one included, and cannot sign in here again.`
    return {
      question: 'Give up your own role admin?',
      effects: [
        'You will not be able to see or change users and roles any more.',
        remains,
        'You cannot undo this yourself: only another administrator can give the role back. Your API tokens keep working, with the roles that remain.'
      ],
      button: 'Give up the role admin'
    }
  }
}

export default roleChanges
