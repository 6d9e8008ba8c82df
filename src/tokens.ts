// Refresh tokens in the database: issued at login, rotated, blocked. An access token names the refresh token it came
// from, so that blocking that one row ends it too. Tokens rotated from one login are a family and are blocked as one.

import { randomUUID } from 'node:crypto'
import { and, eq, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Principal } from './accounts.ts'
import type { Client } from './client.ts'
import type { Config } from './config.ts'
import { atomically, type Database, databaseFailure, run } from './db.ts'
import { BadCredentials, TokenRevoked } from './errors.ts'
import { formatInstant, fromNow } from './instants.ts'
import { only } from './records.ts'
import { refresh_token, role, user, user_role } from './tables/account.ts'

const DAY = 86_400_000
/** How long a spent refresh token still gives the successor it gave before: a client may retry a lost answer. */
const GRACE = 10_000
/** How far the clocks of two instances may be apart; a token spent further in the future was spent before a clock jumped. */
const CLOCK_SKEW = 60_000

/** Who is calling by a token: the refresh token behind the call, and whether it has been rotated. */
export interface TokenHolder extends Principal {
  jti: string
  spent: boolean
}

export type RefreshToken = typeof refresh_token.$inferSelect
export type BlockedReason = NonNullable<RefreshToken['blocked_reason']>

export type Tokens = ReturnType<typeof createTokens>

/** The refresh tokens of a database, with the lifetimes of the configuration. */
export function createTokens(db: Database, config: Pick<Config, 'refreshTokenDays' | 'familyDays' | 'demo'>) {
  // Asked on every request: one row per role, or one with no role.
  const holderOf = db
    .select({
      id: user.id,
      username: user.username,
      role: role.name,
      rotated: refresh_token.rotated
    })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(user, eq(user.id, refresh_token.user_id))
    .leftJoin(user_role, eq(user_role.user_id, user.id))
    .leftJoin(role, eq(role.id, user_role.role_id))
    .where(and(eq(refresh_token.jti, sql.placeholder('jti')), isLive(config.demo)))
    .prepare('token_holder')

  return {
    /**
     * The account that holds a refresh token, with its roles as they are now. Throws TokenRevoked when the token is
     * unknown or blocked, or its account gone, disabled, or with a new password since. Takes a token's jti.
     */
    async holder(jti: string): Promise<TokenHolder> {
      const rows = await holderOf.execute({ jti })
      const [first] = rows
      if (!first) throw new TokenRevoked()
      return {
        id: first.id,
        username: first.username,
        roles: rows.flatMap((row) => row.role ?? []),
        jti,
        spent: first.rotated !== null
      }
    },

    /**
     * Issues the first refresh token of a login to a client. Takes the account and the version of the credentials that
     * were checked: should the password change meanwhile, the token is dead from the start.
     */
    async issue(user_id: number, credentials_version: number, client: Client): Promise<RefreshToken> {
      const jti = randomUUID()
      const stored = db
        .insert(refresh_token)
        .values({
          jti,
          user_id,
          credentials_version,
          family: jti,
          issued: seconds(0),
          expiry: seconds(config.refreshTokenDays * DAY),
          family_expiry: seconds(config.familyDays * DAY),
          ...client
        })
        .returning()
      return only(
        await stored.catch((error) => {
          throw databaseFailure(error) === 'reference' ? new BadCredentials() : error // the account has just gone
        })
      )
    },

    /**
     * Spends a refresh token and gives the client its successor: the same one when asked again within ten seconds. A
     * token that was spent before that has been copied: its family is blocked, `reused` is true and there is no successor.
     */
    rotate: (jti: string, client: Client): Promise<{ child: RefreshToken; reused: false } | { reused: true }> =>
      atomically(db, function* (tx) {
        const [spent] = yield* run(
          tx
            .update(refresh_token)
            .set({ rotated: fromNow(), last_used: fromNow(), child: randomUUID() })
            .where(and(eq(refresh_token.jti, jti), isNull(refresh_token.rotated), eq(refresh_token.blocked, false)))
            .returning()
        )
        if (spent?.child) {
          const ends = Math.min(Date.now() + config.refreshTokenDays * DAY, Date.parse(spent.family_expiry))
          const [child] = yield* run(
            tx
              .insert(refresh_token)
              .values({
                jti: spent.child,
                user_id: spent.user_id,
                credentials_version: spent.credentials_version,
                family: spent.family,
                issued: seconds(0),
                expiry: formatInstant(wholeSeconds(ends)),
                family_expiry: spent.family_expiry,
                ...client
              })
              .returning()
          )
          if (child) return { child, reused: false }
        }
        const [before] = yield* run(tx.select().from(refresh_token).where(eq(refresh_token.jti, jti)))
        if (!before?.rotated || !before.child || before.blocked) throw new TokenRevoked()
        const age = Date.now() - Date.parse(before.rotated)
        if (age <= GRACE && age >= -CLOCK_SKEW) {
          const [child] = yield* run(tx.select().from(refresh_token).where(eq(refresh_token.jti, before.child)))
          if (child && !child.blocked) return { child, reused: false }
          throw new TokenRevoked()
        }
        yield* run(tx.update(refresh_token).set(blocked('reuse')).where(familyOf(jti)))
        return { reused: true }
      }),

    /**
     * For a refresh token that was refused: whether it had been spent before an administrator blocked its family, and
     * is so used by somebody who copied it. The block can then not be taken back any more.
     */
    async noteReuse(jti: string): Promise<boolean> {
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
    },

    /** Notes that an access token was asked for with a refresh token. */
    async use(jti: string): Promise<void> {
      await db.update(refresh_token).set({ last_used: fromNow() }).where(eq(refresh_token.jti, jti))
    },

    /** Blocks a refresh token with its whole family; every access token of theirs is dead with it. */
    block: (jti: string, reason: BlockedReason): Promise<void> => blockFamily(db, jti, reason)
  }
}

/**
 * Blocks the family of a refresh token. What is blocked already keeps its reason, except that an administrator's block,
 * which could be taken back, gives way to the others, which could not.
 */
export async function blockFamily(db: Database, jti: string, reason: BlockedReason): Promise<void> {
  const open = eq(refresh_token.blocked, false)
  await db
    .update(refresh_token)
    .set(blocked(reason))
    .where(and(familyOf(jti), reason === 'admin' ? open : or(open, eq(refresh_token.blocked_reason, 'admin'))))
}

// The token that the login gave. It is looked up with every token of its family, so that one inserted by a rotation at
// the moment of a block is dead too, though the block's statement did not see it.
export const root = alias(refresh_token, 'root')

/** The condition for a refresh token, joined with its root and its account, to be good as far as time does not matter. */
export function isLive(demo: boolean): SQL | undefined {
  return and(
    eq(root.blocked, false),
    eq(refresh_token.blocked, false),
    eq(refresh_token.credentials_version, user.credentials_version),
    eq(user.disabled, false),
    demo ? undefined : eq(user.demo, false)
  )
}

/** The condition for a refresh token to be of the same family as this one. */
export function familyOf(jti: string): SQL {
  return sql`${refresh_token.family} = (select ${root.family} from ${refresh_token} as "root" where ${root.jti} = ${jti})`
}

/** What is set on a refresh token to block it. */
export function blocked(blocked_reason: BlockedReason) {
  return { blocked: true, blocked_reason }
}

// A JWT counts in seconds; what is stored is what the token says, so that it can be signed again to the letter.
function seconds(fromNowMilliseconds: number): string {
  return formatInstant(wholeSeconds(Date.now() + fromNowMilliseconds))
}

function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000
}
