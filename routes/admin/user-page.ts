// The page of one user: devices, password, roles and history. What needs a second thought is asked on pages of its own.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listEvents } from '../../plugins/admin-ui/account-history.ts'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { lastList } from '../../plugins/admin-ui/last-list.ts'
import { ownPath } from '../../plugins/admin-ui/redirects.ts'
import { refuseOwnAccount } from '../../plugins/admin-ui/refusals.ts'
import { listRoles } from '../../plugins/admin-ui/role-list.ts'
import { stateOf } from '../../plugins/auth/account-rows.ts'
import { invalidFields } from '../../src/errors.ts'
import { user } from '../../src/tables/account.ts'
import deletePage from './delete-page.ts'
import { devicesOf } from './devices.ts'
import disablePage from './disable-page.ts'
import newPasswordPage from './new-password-page.ts'
import roleChanges from './role-changes.ts'
import { Button, choices, SetPassword, StateButton, TokensQuery, UserPath } from './schema.ts'
import signIns from './sign-ins.ts'
import { changesSince, mergeRoles, unlessDone } from './stale-forms.ts'

/** How many changes of the account are shown: the latest. */
const EVENTS_SHOWN = 50

const userPage: FastifyPluginAsyncTypebox = async (app) => {
  const { db, accounts, words } = app
  app.subject(user)

  const show: ShowPage = async (request, reply, refusal) => {
    const { id } = request.params as { id: number }
    const [account, devices, roles, lock, events] = await Promise.all([
      accounts.find(id),
      devicesOf(app, request, id),
      listRoles(db),
      app.login.lockOf(id),
      listEvents(db, words, id, EVENTS_SHOWN)
    ])
    const { seen, _seen } = refusal?.typed ?? {}
    // Only the form with the roles has `seen`. Another form leaves its boxes as they are.
    const held =
      typeof seen === 'string' ? mergeRoles(account.roles, choices(refusal?.typed.roles), seen) : account.roles
    return reply.page('user', {
      account,
      ...devices,
      roles,
      lock,
      events,
      held,
      seen: stateOf(account),
      changes: changesSince(seen ?? _seen, account, words),
      list: lastList(request),
      sections: ['devices', 'password', 'roles'],
      ...refusal
    })
  }

  app.get('/', { schema: { params: UserPath, querystring: TokensQuery } }, app.showKept(show))

  app.post(
    '/password',
    { schema: { params: UserPath, body: SetPassword }, errorHandler: app.showAgain(show) },
    async function setPassword(request, reply) {
      const { id } = request.params
      refuseOwnAccount(request, 'reset the password of')
      const { password } = request.body
      if (password === '') {
        throw invalidFields([{ field: 'password', message: 'is empty. Type one, or let the server generate one' }])
      }
      const { username } = await accounts.find(id)
      await accounts.setPassword(id, password, request.actor())
      await request.notifyIn('password', words.user.hasPassword(username))
      return reply.redirect(`/users/${id}#password-notice`)
    }
  )

  app.post(
    '/enable',
    { schema: { params: UserPath, body: StateButton }, errorHandler: app.showAgain(show) },
    async function enable(request, reply) {
      const { id } = request.params
      await unlessDone(accounts.setDisabled(id, false, request.actor(), request.body._seen), async () => {
        return !(await accounts.find(id)).disabled
      })
      await request.notify(words.user.enabled)
      return reply.redirect(`/users/${id}`)
    }
  )

  app.post(
    '/unlock',
    { schema: { params: UserPath, body: Button }, errorHandler: app.showAgain(show) },
    async function unlock(request, reply) {
      await accounts.unlock(request.params.id, request.actor())
      await request.notify(words.user.unlocked)
      return reply.redirect(ownPath(request.body.next ?? `/users/${request.params.id}`))
    }
  )

  app.register(disablePage)
  app.register(deletePage)
  app.register(newPasswordPage)
  app.register(roleChanges, { show })
  app.register(signIns, { show })
}

export default userPage
