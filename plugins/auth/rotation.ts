// Rotation: a refresh token is exchanged for its successor, and is spent. A spent token that comes back late was copied
// by somebody, so its whole family is blocked (RFC 9700 §4.14.2).

import { randomUUID } from 'node:crypto'
import { and, between, eq, exists, getTableColumns, isNull, lt, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database, Transaction } from '../../src/database/db.ts'
import { databaseTime } from '../../src/database/expressions.ts'
import { atomically } from '../../src/database/transactions.ts'
import { TokenExpired, TokenRevoked } from '../../src/errors.ts'
import { formatWholeSecond } from '../../src/instants.ts'
import { type RefreshToken, refresh_token } from '../../src/tables/account.ts'
import { blockFamily, root } from './token-family.ts'
import type { SignInOrigin } from './user-agent.ts'

/** For how long a spent token still returns its successor, in milliseconds: a client may have lost the response. */
const GRACE = 10_000
/** A token that was spent further in the future, by the database's clock, was spent before that clock was set back. */
const CLOCK_JUMP = 60_000

/** How often a family can be rotated, so that its rows are limited: once every seven minutes for 90 days. */
const MAX_ROTATIONS = 20_000

const successor = alias(refresh_token, 'successor')

export type Rotation = { child: RefreshToken; reused: false } | { reused: true }

/**
 * Spends a refresh token and returns its successor, which lives for `lifetime` milliseconds. Within ten seconds the same
 * token returns the same successor again. After that its family is blocked, and `reused` is true. The database's clock
 * decides, because a retry can reach an instance with another clock. Throws TokenRevoked when the token is unknown or
 * blocked, and TokenExpired when its family has been rotated too often.
 */
export async function rotate(db: Database, lifetime: number, jti: string, origin: SignInOrigin): Promise<Rotation> {
  return await atomically(db, async (tx) => {
    const openFamily = tx
      .select({ jti: root.jti })
      .from(root)
      .where(and(eq(root.jti, refresh_token.family), eq(root.blocked, false)))
    const [spent] = await tx
      .update(refresh_token)
      .set({ rotated: databaseTime(), last_used: databaseTime(), child: randomUUID() })
      .where(and(eq(refresh_token.jti, jti), isNull(refresh_token.rotated), exists(openFamily)))
      .returning()
    const child = spent ? await addChild(tx, spent, lifetime, origin) : await childOfSpent(tx, jti)
    if (child) return { child, reused: false }
    // Not an exception: that would roll the block back.
    await blockFamily(tx, jti, 'reuse')
    return { reused: true }
  })
}

/**
 * For a refresh token that was rejected: checks whether it was spent before an administrator blocked its family, which
 * means that somebody copied it. If so, blocks the family for good and returns true.
 */
export async function noteReuse(db: Database, jti: string): Promise<boolean> {
  const [spent] = await db
    .select({ jti: refresh_token.jti })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .where(
      and(eq(refresh_token.jti, jti), eq(root.blocked_reason, 'admin'), lt(refresh_token.rotated, databaseTime(-GRACE)))
    )
  if (spent) await blockFamily(db, jti, 'reuse')
  return spent !== undefined
}

async function addChild(
  tx: Transaction,
  spent: RefreshToken,
  lifetime: number,
  origin: SignInOrigin
): Promise<RefreshToken | undefined> {
  if (spent.rotations >= MAX_ROTATIONS) throw new TokenExpired()
  const end = Math.min(Date.now() + lifetime, Date.parse(spent.family_expiry))
  const [child] = await tx
    .insert(refresh_token)
    .values({
      jti: spent.child as string,
      user_id: spent.user_id,
      credentials_version: spent.credentials_version,
      family: spent.family,
      rotations: spent.rotations + 1,
      issued: formatWholeSecond(Date.now()),
      expiry: formatWholeSecond(end),
      family_expiry: spent.family_expiry,
      ...origin
    })
    .returning()
  return child
}

/** Returns the successor that a spent token got before; undefined when the grace is over. */
async function childOfSpent(tx: Transaction, jti: string): Promise<RefreshToken | undefined> {
  const inGrace = between(refresh_token.rotated, databaseTime(-GRACE), databaseTime(CLOCK_JUMP))
  const [spent] = await tx
    .select({ child: getTableColumns(successor), inGrace: sql<boolean>`${inGrace}` })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(successor, eq(successor.jti, refresh_token.child))
    .where(and(eq(refresh_token.jti, jti), eq(root.blocked, false)))
  if (!spent) throw new TokenRevoked()
  return spent.inGrace ? spent.child : undefined
}
