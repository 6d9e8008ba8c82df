// Who is signed in now, where, with what and since when.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { findAccounts } from '../../plugins/admin-ui/account-list.ts'
import { deviceName } from '../../plugins/admin-ui/device-name.ts'
import { sessionKey } from '../../plugins/admin-ui/sessions.ts'
import { listSignIns } from '../../plugins/admin-ui/sign-in-list.ts'
import { addressOf, shownSlice } from '../../plugins/admin-ui/slices.ts'
import type { Config } from '../../src/config.ts'
import { SessionsQuery } from './schema.ts'

const SIGN_INS_ON_A_PAGE = 50

const sessionsPage: FastifyPluginAsyncTypebox<{ config: Config }> = async (app, { config }) => {
  const { db, words } = app

  app.get('/', { schema: { querystring: SessionsQuery } }, async function showSessions(request, reply) {
    const { page = 1, ...filter } = request.query
    const { user = '', address = '' } = filter
    const slice = { page, size: SIGN_INS_ON_A_PAGE }
    const user_ids = user.trim() === '' ? undefined : await findAccounts(db, { q: user })
    const { signIns, total } = await listSignIns(db, config, { user_ids, address: address.trim().toLowerCase() }, slice)
    return reply.page('sessions', {
      signIns: signIns.map((signIn) => ({ ...signIn, device: deviceName(signIn.user_agent, words) })),
      slice: shownSlice(total, slice, '/sessions', filter),
      typed: { user, address },
      isFiltered: user !== '' || address !== '',
      here: addressOf('/sessions', request.query),
      current: sessionKey(request.session.sessionId)
    })
  })
}

export default sessionsPage
