// The refresh tokens of an account as the pages list them.

import { and, desc, eq, gt, isNull, lt, not, or, type SQL } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { type BlockedReason, refresh_token, user } from '../../src/tables/account.ts'
import { root } from '../auth/token-family.ts'
import { requireToken } from './token-blocks.ts'

/**
 * `live`: it works. `ended`: the password was changed, or the account disabled, after it was issued. A blocked token has
 * the reason of its block as its state.
 */
export type TokenState = 'live' | 'expired' | 'ended' | BlockedReason

export interface ListedToken {
  jti: string
  /** When the login issued the first token of its family. */
  since: string
  expiry: string
  last_used: string | null
  address: string | null
  user_agent: string | null
  state: TokenState
}

/**
 * Returns up to `limit` refresh tokens of an account that were issued before the token `before`, the latest first: with
 * `ended`, those that are of no use any more; otherwise those that work, and those that will once their block is undone.
 * `next` is the `before` of the next slice, or null. Rotated tokens are left out; their successors are listed.
 */
export async function listTokens(
  db: Database,
  user_id: number,
  { ended = false, before, limit }: { ended?: boolean; before?: string; limit: number }
): Promise<{ tokens: ListedToken[]; next: string | null }> {
  const usable = and(
    gt(refresh_token.expiry, fromNow()),
    eq(refresh_token.credentials_version, user.credentials_version),
    or(isNull(root.blocked_reason), eq(root.blocked_reason, 'admin'))
  ) as SQL
  const rows = await db
    .select({
      jti: refresh_token.jti,
      issued: refresh_token.issued,
      since: root.issued,
      expiry: refresh_token.expiry,
      last_used: refresh_token.last_used,
      address: refresh_token.address,
      user_agent: refresh_token.user_agent,
      rotations: refresh_token.rotations,
      reason: root.blocked_reason,
      version: refresh_token.credentials_version,
      current_version: user.credentials_version
    })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(user, eq(user.id, refresh_token.user_id))
    .where(
      and(
        eq(refresh_token.user_id, user_id),
        isNull(refresh_token.rotated),
        ended ? not(usable) : usable,
        await isAfter(db, user_id, before)
      )
    )
    .orderBy(desc(refresh_token.issued), desc(refresh_token.jti))
    .limit(limit + 1)
  const shown = rows.slice(0, limit)
  return {
    tokens: shown.map(({ issued, rotations, reason, version, current_version, ...token }) => ({
      ...token,
      // A rotation uses the token before, and issues this one.
      last_used: token.last_used ?? (rotations > 0 ? issued : null),
      state: stateOf(token.expiry, reason, version === current_version)
    })),
    next: rows.length > limit ? (shown.at(-1)?.jti ?? null) : null
  }
}

function stateOf(expiry: string, reason: BlockedReason | null, current: boolean): TokenState {
  if (Date.parse(expiry) <= Date.now()) return 'expired'
  // Undoing an administrator's block would not revive a token that has also ended for another reason.
  if (!current && (reason === null || reason === 'admin')) return 'ended'
  return reason ?? 'live'
}

async function isAfter(db: Database, user_id: number, jti: string | undefined): Promise<SQL | undefined> {
  if (jti === undefined) return undefined
  const { issued } = await requireToken(db, user_id, jti)
  return or(lt(refresh_token.issued, issued), and(eq(refresh_token.issued, issued), lt(refresh_token.jti, jti)))
}
