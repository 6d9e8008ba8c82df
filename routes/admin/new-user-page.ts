// The page that adds a user.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { listRoles } from '../../plugins/admin-ui/role-list.ts'
import { AddUser, choices } from './schema.ts'

const newUserPage: FastifyPluginAsyncTypebox = async (app) => {
  const show: ShowPage = async (_request, reply, refusal) => {
    const roles = await listRoles(app.db)
    return reply.page('new-user', { roles, held: choices(refusal?.typed.roles), ...refusal })
  }

  app.get('/users/new', app.showKept(show))

  app.post(
    '/users/new',
    {
      config: { action: 'create' },
      schema: { body: AddUser },
      errorHandler: app.showAgain(show, { ALREADY_EXISTS: ['username', app.words.errors.exists.user] })
    },
    async function addUser(request, reply) {
      const { username: typed, password: chosen, roles } = request.body
      const { id, username, password } = await app.accounts.add(
        { username: typed, roles: choices(roles), ...(chosen !== '' && { password: chosen }) },
        request.actor()
      )
      if (chosen === '') await request.notify(app.words.user.wasAddedWith(username), password)
      else await request.notify(app.words.user.wasAdded(username))
      return reply.redirect(`/users/${id}`)
    }
  )
}

export default newUserPage
