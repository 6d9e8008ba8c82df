// The family of a refresh token: all tokens that were rotated from the same login. They are blocked together.

import { and, eq, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../../src/database/db.ts'
import { type BlockedReason, refresh_token, user } from '../../src/tables/account.ts'

/**
 * Blocks the family of a refresh token. A token that is already blocked keeps its reason, with one exception: an
 * administrator's block can be undone, so it is replaced by a reason that cannot.
 */
export async function blockFamily(db: Database, jti: string, reason: BlockedReason): Promise<void> {
  const open = eq(refresh_token.blocked, false)
  await db
    .update(refresh_token)
    .set({ blocked: true, blocked_reason: reason })
    .where(and(familyOf(jti), reason === 'admin' ? open : or(open, eq(refresh_token.blocked_reason, 'admin'))))
}

/**
 * The first token of a family, the one that the login issued. It is checked with every token of the family: if a
 * rotation inserts a token at the moment of a block, the block's statement does not see it, but the root is blocked.
 */
export const root = alias(refresh_token, 'root')

/**
 * Returns the condition that a refresh token, joined with `root` and its account, works, apart from its expiry. Accounts
 * of the demo can sign in only while DEMO is on.
 */
export function isLive(demo: boolean): SQL | undefined {
  return and(
    eq(root.blocked, false),
    eq(refresh_token.blocked, false),
    eq(refresh_token.credentials_version, user.credentials_version),
    eq(user.disabled, false),
    demo ? undefined : eq(user.demo, false)
  )
}

/** Returns the condition that a refresh token belongs to the same family as this one. */
export function familyOf(jti: string): SQL {
  return sql`${refresh_token.family} = (select ${root.family} from ${refresh_token} as "root" where ${root.jti} = ${jti})`
}
