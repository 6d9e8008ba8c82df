// The list of users, and the form that adds one.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type AccountSlice, listAccounts } from '../../plugins/admin-ui/account-list.ts'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { listRoles } from '../../plugins/admin-ui/role-list.ts'
import { countLiveTokens } from '../../plugins/admin-ui/token-list.ts'
import { AddUser, choices, UserPath, UsersQuery } from './schema.ts'

const USERS_ON_A_PAGE = 50

const usersPage: FastifyPluginAsyncTypebox<{ demo: boolean }> = async (app, { demo }) => {
  const { db } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const { q = '', after, before } = request.query as { q?: string } & AccountSlice
    const [slice, roles] = await Promise.all([
      listAccounts(db, { search: q, after, before }, USERS_ON_A_PAGE),
      listRoles(db)
    ])
    const ids = slice.accounts.map(({ id }) => id)
    const tokens = await countLiveTokens(db, ids, demo)
    const accounts = slice.accounts.map((account) => ({ ...account, tokens: tokens.get(account.id) ?? 0 }))
    const held = choices(refusal?.typed.roles)
    return reply.page('users', { ...slice, accounts, roles, held, q, ...refusal })
  }

  app.get('/', { schema: { querystring: UsersQuery } }, show)

  app.post(
    '/',
    {
      config: { action: 'create' },
      schema: { body: AddUser },
      errorHandler: app.showAgain(show, { ALREADY_EXISTS: ['username', 'User already exists'] })
    },
    async function addUser(request, reply) {
      const { username: typed, password: chosen, roles } = request.body
      const { id, username, password } = await app.accounts.add(
        { username: typed, roles: choices(roles), ...(chosen !== '' && { password: chosen }) },
        request.actor()
      )
      if (chosen === '') await request.notify(`${username} was added, with this password:`, password)
      else await request.notify(`${username} was added.`)
      return reply.redirect(`/users/${id}`)
    }
  )

  // Addresses of the original Flask site.
  app.get('/tokens/:id', { schema: { params: UserPath } }, async function toTokens(request, reply) {
    return reply.redirect(`/users/${request.params.id}#tokens`)
  })
  app.get('/set_password/:id', { schema: { params: UserPath } }, async function toPassword(request, reply) {
    return reply.redirect(`/users/${request.params.id}#password`)
  })
}

export default usersPage
