// The page that asks before an account is disabled.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { refuseOwnAccount } from '../../plugins/admin-ui/refusals.ts'
import { stateOf } from '../../plugins/auth/account-rows.ts'
import { devicesInWords } from './devices.ts'
import { StateButton, UserPath } from './schema.ts'
import { changesSince, unlessDone } from './stale-forms.ts'

const disablePage: FastifyPluginAsyncTypebox = async (app) => {
  const { accounts, words } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const { id } = request.params as { id: number }
    const account = await accounts.find(id)
    const { username } = account
    return reply.page('confirm', {
      question: words.questions.disable(username),
      effects: [await devicesInWords(app, request, id), words.questions.disableEffect],
      changes: changesSince(refusal?.typed._seen, account, words),
      action: `/users/${id}/disable`,
      button: words.questions.disableButton(username),
      fields: [['_seen', stateOf(account)]],
      back: `/users/${id}`,
      backTo: username,
      ...refusal
    })
  }

  app.get('/disable', { schema: { params: UserPath } }, show)

  app.post(
    '/disable',
    { schema: { params: UserPath, body: StateButton }, errorHandler: app.showAgain(show) },
    async function disable(request, reply) {
      const { id } = request.params
      refuseOwnAccount(request, 'disable')
      await unlessDone(accounts.setDisabled(id, true, request.actor(), request.body._seen), async () => {
        return (await accounts.find(id)).disabled
      })
      await request.notify(words.user.disabled)
      return reply.redirect(`/users/${id}`)
    }
  )
}

export default disablePage
