// What the page of a user and that of one's own account both show: the account, its tokens and its sessions.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findAccount } from '../../src/accounts.ts'
import { listTokens } from '../../src/token-list.ts'

const TOKENS_ON_A_PAGE = 20

/** The account of this id with a page of its tokens (`before` of the query) and its sessions. Throws NotFound. */
export async function accessOf({ db, sessions }: FastifyInstance, request: FastifyRequest, id: number) {
  const { before } = request.query as { before?: string }
  const [account, tokens, open] = await Promise.all([
    findAccount(db, id),
    listTokens(db, id, { before, limit: TOKENS_ON_A_PAGE }),
    sessions.list(id)
  ])
  return { account, ...tokens, before, sessions: open, current: sessions.keyOf(request.session.sessionId) }
}
