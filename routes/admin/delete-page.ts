// The page that asks before a user is deleted.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { refuseOwnAccount } from '../../plugins/admin-ui/refusals.ts'
import { devicesInWords } from './devices.ts'
import { Button, UserPath } from './schema.ts'

const deletePage: FastifyPluginAsyncTypebox = async (app) => {
  const { accounts, words } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const { id } = request.params as { id: number }
    const { username } = await accounts.find(id)
    return reply.page('confirm', {
      question: words.questions.delete(username),
      effects: [words.questions.deleteEffect, await devicesInWords(app, request, id), words.questions.disableInstead],
      action: `/users/${id}/delete`,
      button: words.questions.deleteButton(username),
      back: `/users/${id}`,
      backTo: username,
      ...refusal
    })
  }

  app.get('/delete', { schema: { params: UserPath } }, show)

  app.post(
    '/delete',
    { config: { action: 'delete' }, schema: { params: UserPath, body: Button }, errorHandler: app.showAgain(show) },
    async function remove(request, reply) {
      const { id } = request.params
      refuseOwnAccount(request, 'delete')
      const { username } = await accounts.find(id)
      await accounts.remove(id, request.actor())
      await request.notify(words.user.wasDeleted(username))
      return reply.redirect('/')
    }
  )
}

export default deletePage
