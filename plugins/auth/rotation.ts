// Rotation: a refresh token is exchanged for its successor, and is spent. A spent token that comes back late was copied
// by somebody, so its whole family is blocked (RFC 9700 §4.14.2).

import { randomUUID } from 'node:crypto'
import { and, eq, isNull, lt } from 'drizzle-orm'
import type { Database, Transaction } from '../../src/database/db.ts'
import { atomically } from '../../src/database/transactions.ts'
import { TokenRevoked } from '../../src/errors.ts'
import { formatWholeSecond, fromNow } from '../../src/instants.ts'
import { type RefreshToken, refresh_token } from '../../src/tables/account.ts'
import { blockFamily, familyOf } from './token-family.ts'
import type { SignInOrigin } from './user-agent.ts'

/** For how long a spent token still returns its successor, in milliseconds: a client may have lost the response. */
const GRACE = 10_000
/** How far the clocks of two instances may differ. A token spent further in the future was spent before a clock jump. */
const CLOCK_SKEW = 60_000

export type Rotation = { child: RefreshToken; reused: false } | { reused: true }

/**
 * Spends a refresh token and returns its successor, which lives for `lifetime` milliseconds. Within ten seconds the same
 * token returns the same successor again. After that its family is blocked, and `reused` is true. Throws TokenRevoked
 * when the token is unknown or blocked.
 */
export async function rotate(db: Database, lifetime: number, jti: string, origin: SignInOrigin): Promise<Rotation> {
  return await atomically(db, async (tx) => {
    const [spent] = await tx
      .update(refresh_token)
      .set({ rotated: fromNow(), last_used: fromNow(), child: randomUUID() })
      .where(and(eq(refresh_token.jti, jti), isNull(refresh_token.rotated), eq(refresh_token.blocked, false)))
      .returning()
    const child = spent ? await addChild(tx, spent, lifetime, origin) : await childOfSpent(tx, jti)
    if (child) return { child, reused: false }
    // Not an exception: that would roll the block back.
    await tx.update(refresh_token).set({ blocked: true, blocked_reason: 'reuse' }).where(familyOf(jti))
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
    .where(
      and(
        eq(refresh_token.jti, jti),
        eq(refresh_token.blocked_reason, 'admin'),
        lt(refresh_token.rotated, fromNow(-GRACE))
      )
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
  const end = Math.min(Date.now() + lifetime, Date.parse(spent.family_expiry))
  const [child] = await tx
    .insert(refresh_token)
    .values({
      jti: spent.child as string,
      user_id: spent.user_id,
      credentials_version: spent.credentials_version,
      family: spent.family,
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
  const [spent] = await tx.select().from(refresh_token).where(eq(refresh_token.jti, jti))
  if (!spent?.rotated || !spent.child || spent.blocked) throw new TokenRevoked()
  const age = Date.now() - Date.parse(spent.rotated)
  if (age > GRACE || age < -CLOCK_SKEW) return undefined
  const [child] = await tx.select().from(refresh_token).where(eq(refresh_token.jti, spent.child))
  if (!child || child.blocked) throw new TokenRevoked()
  return child
}
