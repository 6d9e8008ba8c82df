// The page that asks before a user is deleted.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { refuseOwnAccount } from '../../plugins/admin-ui/refusals.ts'
import { Button, UserPath } from './schema.ts'

const deletePage: FastifyPluginAsyncTypebox = async (app) => {
  const { accounts } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const account = await accounts.find((request.params as { id: number }).id)
    return reply.page('delete', { account, ...refusal })
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
      await request.notify(`${username} was deleted.`)
      return reply.redirect('/')
    }
  )
}

export default deletePage
