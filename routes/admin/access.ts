// What the page of a user and the page of one's own account both show: the account, its tokens and its sessions.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sessionKey } from '../../plugins/admin-ui/sessions.ts'
import { listTokens } from '../../plugins/admin-ui/token-list.ts'

const TOKENS_ON_A_PAGE = 20

/** Returns an account with its sessions and a slice of its tokens (`before` of the query). Throws NotFound. */
export async function accessOf({ db, accounts, sessions }: FastifyInstance, request: FastifyRequest, id: number) {
  const { before } = request.query as { before?: string }
  const [account, tokens, open] = await Promise.all([
    accounts.find(id),
    listTokens(db, id, { before, limit: TOKENS_ON_A_PAGE }),
    sessions.list(id)
  ])
  return { account, ...tokens, before, sessions: open, current: sessionKey(request.session.sessionId) }
}
