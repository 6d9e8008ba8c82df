// The list of users, and adding one.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type AccountPage, pageOfAccounts } from '../../src/account-pages.ts'
import { addAccount } from '../../src/accounts.ts'
import type { ShowPage } from '../../src/pages.ts'
import { listRoles } from '../../src/roles.ts'
import { countLiveTokens } from '../../src/token-list.ts'
import { AddUser, choices, UserPath, UsersQuery } from './schema.ts'

const USERS_ON_A_PAGE = 50

const users: FastifyPluginAsyncTypebox<{ demo: boolean }> = async (app, { demo }) => {
  const { db, passwords } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const { q = '', after, before } = request.query as { q?: string } & AccountPage
    const [page, roles] = await Promise.all([
      pageOfAccounts(db, { search: q, after, before }, USERS_ON_A_PAGE),
      listRoles(db)
    ])
    const ids = page.accounts.map(({ id }) => id)
    const tokens = await countLiveTokens(db, ids, demo)
    const accounts = page.accounts.map((account) => ({ ...account, tokens: tokens.get(account.id) ?? 0 }))
    const held = choices(refusal?.typed.roles)
    return reply.page('users', { ...page, accounts, roles, held, q, ...refusal })
  }

  app.get('/', { schema: { querystring: UsersQuery } }, show)

  app.post(
    '/',
    {
      schema: { body: AddUser },
      errorHandler: app.onPage(show, { ALREADY_EXISTS: ['username', 'User already exists'] })
    },
    async function addUser(request, reply) {
      const { username: typed, password: chosen, roles } = request.body
      const { id, username, password } = await addAccount(db, passwords, {
        username: typed,
        roles: choices(roles),
        ...(chosen !== '' && { password: chosen })
      })
      if (chosen === '') await request.tell(`${username} was added, with this password:`, password)
      else await request.tell(`${username} was added.`)
      return reply.redirect(`/users/${id}`)
    }
  )

  // The addresses that the original had.
  app.get('/tokens/:id', { schema: { params: UserPath } }, async function toTokens(request, reply) {
    return reply.redirect(`/users/${request.params.id}#tokens`)
  })
  app.get('/set_password/:id', { schema: { params: UserPath } }, async function toPassword(request, reply) {
    return reply.redirect(`/users/${request.params.id}#password`)
  })
}

export default users
