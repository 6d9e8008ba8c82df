// The refresh tokens of an account as an administrator sees them, and what may be done to them.

import { and, count, desc, eq, gt, inArray, isNull, lt, or, type SQL } from 'drizzle-orm'
import type { Database } from './db.ts'
import { NotFound, TokenNotUnblockable } from './errors.ts'
import { fromNow } from './instants.ts'
import { refresh_token, user } from './tables/account.ts'
import { type BlockedReason, blocked, blockFamily, familyOf, isLive, root } from './tokens.ts'

/**
 * `live`: it works; `expired`; `ended`: the password has changed, or the account was disabled, since it was issued; else
 * why it was blocked.
 */
export type TokenState = 'live' | 'expired' | 'ended' | BlockedReason

export interface ListedToken {
  jti: string
  issued: string
  expiry: string
  last_used: string | null
  address: string | null
  client: string | null
  state: TokenState
}

/**
 * A page of an account's refresh tokens, the latest first, from the one after `before` on; `next` is the `before` of the
 * page that follows, or null. A token that has been rotated is left out: the one that took its place stands for it.
 */
export async function listTokens(
  db: Database,
  user_id: number,
  { before, limit }: { before?: string; limit: number }
): Promise<{ tokens: ListedToken[]; next: string | null }> {
  const rows = await db
    .select({
      jti: refresh_token.jti,
      issued: refresh_token.issued,
      expiry: refresh_token.expiry,
      last_used: refresh_token.last_used,
      address: refresh_token.address,
      client: refresh_token.client,
      reason: refresh_token.blocked_reason,
      family_reason: root.blocked_reason,
      version: refresh_token.credentials_version,
      current_version: user.credentials_version
    })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(user, eq(user.id, refresh_token.user_id))
    .where(and(eq(refresh_token.user_id, user_id), isNull(refresh_token.rotated), await isAfter(db, user_id, before)))
    .orderBy(desc(refresh_token.issued), desc(refresh_token.jti))
    .limit(limit + 1)
  const shown = rows.slice(0, limit)
  return {
    tokens: shown.map(({ reason, family_reason, version, current_version, ...token }) => ({
      ...token,
      state: stateOf(token.expiry, reason ?? family_reason, version === current_version)
    })),
    next: rows.length > limit ? (shown.at(-1)?.jti ?? null) : null
  }
}

/** How many live refresh tokens each of these accounts has; an account that has none is left out. */
export async function countLiveTokens(db: Database, user_ids: number[], demo: boolean): Promise<Map<number, number>> {
  if (user_ids.length === 0) return new Map()
  const rows = await db
    .select({ user_id: refresh_token.user_id, count: count() })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(user, eq(user.id, refresh_token.user_id))
    .where(
      and(
        inArray(refresh_token.user_id, user_ids),
        isNull(refresh_token.rotated),
        gt(refresh_token.expiry, fromNow()),
        isLive(demo)
      )
    )
    .groupBy(refresh_token.user_id)
  return new Map(rows.map(({ user_id, count }) => [user_id, count]))
}

/** Blocks one of an account's refresh tokens with its whole family. Throws NotFound when it is not the account's. */
export async function blockToken(db: Database, user_id: number, jti: string): Promise<void> {
  await requireToken(db, user_id, jti)
  await blockFamily(db, jti, 'admin')
}

/**
 * Takes an administrator's block back; a token that is not blocked stays as it is. Throws NotFound when it is not the
 * account's, and TokenNotUnblockable when it was ended by a logout or because it had been copied.
 */
export async function unblockToken(db: Database, user_id: number, jti: string): Promise<void> {
  const { reason } = await requireToken(db, user_id, jti)
  if (reason !== null && reason !== 'admin') throw new TokenNotUnblockable()
  await db
    .update(refresh_token)
    .set({ blocked: false, blocked_reason: null })
    .where(and(familyOf(jti), eq(refresh_token.blocked_reason, 'admin')))
}

/** Blocks all refresh tokens of an account. */
export async function blockAllTokens(db: Database, user_id: number): Promise<void> {
  await db
    .update(refresh_token)
    .set(blocked('admin'))
    .where(and(eq(refresh_token.user_id, user_id), eq(refresh_token.blocked, false)))
}

function stateOf(expiry: string, reason: BlockedReason | null, current: boolean): TokenState {
  if (Date.parse(expiry) <= Date.now()) return 'expired'
  // To take an administrator's block back would not help a token that has ended besides.
  if (!current && (reason === null || reason === 'admin')) return 'ended'
  return reason ?? 'live'
}

async function requireToken(db: Database, user_id: number, jti: string) {
  const [token] = await db
    .select({ issued: refresh_token.issued, reason: refresh_token.blocked_reason, family_reason: root.blocked_reason })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .where(and(eq(refresh_token.jti, jti), eq(refresh_token.user_id, user_id)))
  if (!token) throw new NotFound('Token')
  return { issued: token.issued, reason: token.reason ?? token.family_reason }
}

async function isAfter(db: Database, user_id: number, jti: string | undefined): Promise<SQL | undefined> {
  if (jti === undefined) return undefined
  const { issued } = await requireToken(db, user_id, jti)
  return or(lt(refresh_token.issued, issued), and(eq(refresh_token.issued, issued), lt(refresh_token.jti, jti)))
}
