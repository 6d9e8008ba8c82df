// The list of users: search, filters and order, in slices, and as a file for a spreadsheet.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { accountsAsCsv, stateOf } from '../../plugins/admin-ui/account-csv.ts'
import { findAccounts, INACTIVE_DAYS, NO_ROLE, readAccounts } from '../../plugins/admin-ui/account-list.ts'
import { sendCsv } from '../../plugins/admin-ui/csv.ts'
import { rememberList } from '../../plugins/admin-ui/last-list.ts'
import { listRoles } from '../../plugins/admin-ui/role-list.ts'
import { countSignIns } from '../../plugins/admin-ui/sign-in-list.ts'
import { addressOf, shownSlice } from '../../plugins/admin-ui/slices.ts'
import type { Config } from '../../src/config.ts'
import { UserPath, UsersQuery } from './schema.ts'

const USERS_ON_A_PAGE = 50

const COLUMNS = [
  { title: 'name', sort: 'name' },
  { title: 'roles' },
  { title: 'state' },
  { title: 'signedIn' },
  { title: 'lastSignIn', sort: 'last', newestFirst: true },
  { title: 'added', sort: 'added', newestFirst: true }
]

const usersPage: FastifyPluginAsyncTypebox<{ config: Config }> = async (app, { config }) => {
  const { db } = app

  app.get('/', { schema: { querystring: UsersQuery } }, async function showUsers(request, reply) {
    const { page = 1, ...filter } = request.query
    const locked = await app.login.lockedAccounts()
    const [ids, roles] = await Promise.all([findAccounts(db, filter, locked), listRoles(db)])
    const slice = { page, size: USERS_ON_A_PAGE }
    const onPage = ids.slice((page - 1) * USERS_ON_A_PAGE, page * USERS_ON_A_PAGE)
    const [accounts, devices] = await Promise.all([readAccounts(db, onPage), countSignIns(db, config, onPage)])
    const { q = '', role = '', state = '', last = '', sort = '' } = filter
    rememberList(request, reply)
    return reply.page('users', {
      accounts: accounts.map((account) => ({
        ...account,
        state: stateOf(account, locked),
        devices: devices.get(account.id) ?? 0
      })),
      roles,
      columns: COLUMNS.map((column) => ({ ...column, ...orderLink(column, filter) })),
      slice: shownSlice(ids.length, slice, '/', filter),
      typed: { q, role, state, last, sort },
      isFiltered: [q, role, state, last].some((value) => value !== ''),
      here: addressOf('/', request.query),
      csv: addressOf('/users/users.csv', filter),
      NO_ROLE,
      INACTIVE_DAYS
    })
  })

  app.get(
    '/users/users.csv',
    { schema: { querystring: UsersQuery, response: { 200: Type.String({ contentMediaType: 'text/csv' }) } } },
    async function downloadUsers(request, reply) {
      const locked = await app.login.lockedAccounts()
      const ids = await findAccounts(db, request.query, locked)
      return sendCsv(request, reply, `users-${app.clock.today()}.csv`, accountsAsCsv(db, ids, locked))
    }
  )

  // Addresses of the original Flask site.
  app.get('/tokens/:id', { schema: { params: UserPath } }, async function toTokens(request, reply) {
    return reply.redirect(`/users/${request.params.id}#devices`)
  })
  app.get('/set_password/:id', { schema: { params: UserPath } }, async function toPassword(request, reply) {
    return reply.redirect(`/users/${request.params.id}#password`)
  })
}

/** Returns the order that the list has by a column now, and the address that sorts by it, or back. */
function orderLink({ sort, newestFirst = false }: (typeof COLUMNS)[number], filter: Static<typeof UsersQuery>) {
  if (!sort) return { order: '', address: '' }
  const current = filter.sort || 'name'
  const order = { [sort]: 'ascending', [`-${sort}`]: 'descending' }[current] ?? ''
  const isBackwards = order === '' ? newestFirst : order === 'ascending'
  return { order, address: addressOf('/', { ...filter, sort: isBackwards ? `-${sort}` : sort }) }
}

export default usersPage
