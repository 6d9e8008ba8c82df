// Administrators block and unblock refresh tokens here, always with their whole family.

import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { Database, Transaction } from '../../src/database/db.ts'
import { NotFound } from '../../src/errors.ts'
import { type BlockedReason, refresh_token } from '../../src/tables/account.ts'
import { recordEvent } from '../auth/account-events.ts'
import { type Actor, actAs } from '../auth/actor.ts'
import { blockFamily, root } from '../auth/token-family.ts'
import { TokenNotUnblockable } from './refusals.ts'

/**
 * Blocks one of an account's refresh tokens with its family. Throws NotFound when the account has no such token. The reason
 * is `logout` when users end their own.
 */
export async function blockToken(
  db: Database,
  user_id: number,
  jti: string,
  actor?: Actor,
  reason: BlockedReason = 'admin'
): Promise<void> {
  await actAs(db, actor, async (tx) => {
    const { user_agent } = await requireToken(tx, user_id, jti)
    await blockFamily(tx, jti, reason)
    const action = reason === 'admin' ? 'token blocked' : 'token ended'
    await recordEvent(tx, actor?.by, { action, account_id: user_id, before: user_agent, after: jti })
  })
}

/**
 * Undoes an administrator's block. Does nothing when the token is not blocked. Throws NotFound when the account has no
 * such token, and TokenNotUnblockable when a logout or a reuse blocked it.
 */
export async function unblockToken(db: Database, user_id: number, jti: string, actor?: Actor): Promise<void> {
  await actAs(db, actor, async (tx) => {
    const { family, reason, user_agent } = await requireToken(tx, user_id, jti)
    if (reason !== null && reason !== 'admin') throw new TokenNotUnblockable()
    await tx
      .update(refresh_token)
      .set({ blocked: false, blocked_reason: null })
      .where(and(eq(refresh_token.jti, family), eq(refresh_token.blocked_reason, 'admin')))
    if (reason) {
      const event = { action: 'token unblocked', account_id: user_id, before: user_agent, after: jti }
      await recordEvent(tx, actor?.by, event)
    }
  })
}

/** Blocks all refresh tokens of an account. */
export async function blockAllTokens(
  db: Database,
  user_id: number,
  actor?: Actor,
  reason: BlockedReason = 'admin'
): Promise<void> {
  await actAs(db, actor, async (tx) => {
    await tx
      .update(refresh_token)
      .set({ blocked: true, blocked_reason: reason })
      .where(and(inArray(refresh_token.jti, unspentFamilies(tx, user_id)), eq(refresh_token.blocked, false)))
    const action = reason === 'admin' ? 'all tokens blocked' : 'all tokens ended'
    await recordEvent(tx, actor?.by, { action, account_id: user_id })
  })
}

/** Undoes every block of an administrator on the refresh tokens of an account. Other blocks stay. */
export async function unblockAllTokens(db: Database, user_id: number, actor?: Actor): Promise<void> {
  await actAs(db, actor, async (tx) => {
    const undone = await tx
      .update(refresh_token)
      .set({ blocked: false, blocked_reason: null })
      .where(and(inArray(refresh_token.jti, unspentFamilies(tx, user_id)), eq(refresh_token.blocked_reason, 'admin')))
      .returning({ jti: refresh_token.jti })
    if (undone.length > 0) await recordEvent(tx, actor?.by, { action: 'all tokens unblocked', account_id: user_id })
  })
}

/** Returns a refresh token of an account. Throws NotFound when the account has no such token. */
export async function requireToken(tx: Pick<Transaction, 'select'>, user_id: number, jti: string) {
  const [token] = await tx
    .select({
      issued: refresh_token.issued,
      family: refresh_token.family,
      user_agent: refresh_token.user_agent,
      reason: root.blocked_reason
    })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .where(and(eq(refresh_token.jti, jti), eq(refresh_token.user_id, user_id)))
  if (!token) throw new NotFound('Token')
  return token
}

// Every family has one token that is not spent, and an account can have few of them among a million spent ones.
function unspentFamilies(tx: Transaction, user_id: number) {
  return tx
    .select({ family: refresh_token.family })
    .from(refresh_token)
    .where(and(eq(refresh_token.user_id, user_id), isNull(refresh_token.rotated)))
}
