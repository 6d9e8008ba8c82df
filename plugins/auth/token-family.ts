// The family of a refresh token: all tokens that were rotated from the same login. They are blocked together, by a mark
// on the first one, however many they are.

import { and, eq, inArray, or, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Transaction } from '../../src/database/db.ts'
import { type BlockedReason, refresh_token, user } from '../../src/tables/account.ts'

/**
 * The first token of a family, the one that the login issued. It is checked with every token of the family, also with
 * those that a rotation adds at the moment of a block.
 */
export const root = alias(refresh_token, 'root')

/**
 * Blocks the family of a refresh token. A family that is already blocked keeps its reason, with one exception: an
 * administrator's block can be undone, so it is replaced by a reason that cannot.
 */
export async function blockFamily(
  tx: Pick<Transaction, 'select' | 'update'>,
  jti: string,
  reason: BlockedReason
): Promise<void> {
  const open = eq(refresh_token.blocked, false)
  await tx
    .update(refresh_token)
    .set({ blocked: true, blocked_reason: reason })
    .where(and(isRootOf(tx, jti), reason === 'admin' ? open : or(open, eq(refresh_token.blocked_reason, 'admin'))))
}

/**
 * Returns the condition that a refresh token, joined with `root` and its account, works, apart from its expiry. Accounts
 * of the demo can sign in only while DEMO is on.
 */
export function isLive(demo: boolean): SQL | undefined {
  return and(
    eq(root.blocked, false),
    eq(refresh_token.credentials_version, user.credentials_version),
    eq(user.disabled, false),
    demo ? undefined : eq(user.demo, false)
  )
}

/** Returns the condition that a refresh token is the first one of the family of this one. */
function isRootOf(tx: Pick<Transaction, 'select'>, jti: string): SQL {
  const family = tx.select({ family: root.family }).from(root).where(eq(root.jti, jti))
  return inArray(refresh_token.jti, family)
}
