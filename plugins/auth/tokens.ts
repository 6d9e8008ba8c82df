// Refresh tokens. An access token names the refresh token it came from, so blocking that one row ends it too. All tokens
// rotated from one login are a family and are blocked together.

import { randomUUID } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { BadCredentials, TokenRevoked } from '../../src/errors.ts'
import { formatWholeSecond, fromNow } from '../../src/instants.ts'
import { single } from '../../src/records.ts'
import {
  type BlockedReason,
  type RefreshToken,
  refresh_token,
  role,
  user,
  user_role
} from '../../src/tables/account.ts'
import type { Principal } from './accounts.ts'
import { noteReuse, rotate } from './rotation.ts'
import { blockFamily, isLive, root } from './token-family.ts'
import type { SignInOrigin } from './user-agent.ts'

const DAY = 86_400_000 // milliseconds

export type TokenLifetimes = Pick<Config, 'refreshTokenDays' | 'familyDays'>

/** Who is calling, and the refresh token behind the call; `spent` says whether it has been rotated. */
export interface TokenHolder extends Principal {
  jti: string
  spent: boolean
}

export type Tokens = ReturnType<typeof createTokens>

/** Returns what can be done with the refresh tokens of a database. */
export function createTokens(db: Database, config: TokenLifetimes & Pick<Config, 'demo'>) {
  const findHolder = prepareHolderQuery(db, config.demo)

  return {
    /**
     * Returns the account that holds a refresh token, with its current roles. Takes the token's jti. Throws
     * TokenRevoked when the token is unknown or blocked, or when its account has been deleted or disabled or has a new
     * password since.
     */
    async holder(jti: string): Promise<TokenHolder> {
      const rows = await findHolder.execute({ jti })
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
     * Issues the first refresh token of a login. Takes the account as its password was checked: if the password changes
     * before the token is stored, the token is dead from the start. Throws BadCredentials when the account was deleted.
     */
    async issue(account: { id: number; credentials_version: number }, origin: SignInOrigin): Promise<RefreshToken> {
      const jti = randomUUID()
      const stored = db
        .insert(refresh_token)
        .values({
          jti,
          user_id: account.id,
          credentials_version: account.credentials_version,
          family: jti,
          issued: formatWholeSecond(Date.now()),
          expiry: formatWholeSecond(Date.now() + config.refreshTokenDays * DAY),
          family_expiry: formatWholeSecond(Date.now() + config.familyDays * DAY),
          ...origin
        })
        .returning()
      return single(
        await stored.catch((error) => {
          throw databaseFailure(error) === 'reference' ? new BadCredentials() : error
        })
      )
    },

    rotate: (jti: string, origin: SignInOrigin) => rotate(db, config.refreshTokenDays * DAY, jti, origin),
    noteReuse: (jti: string) => noteReuse(db, jti),

    /** Records that an access token was issued from a refresh token. */
    async use(jti: string): Promise<void> {
      await db.update(refresh_token).set({ last_used: fromNow() }).where(eq(refresh_token.jti, jti))
    },

    /** Blocks a refresh token with its whole family, and so every access token that came from it. */
    block: (jti: string, reason: BlockedReason): Promise<void> => blockFamily(db, jti, reason)
  }
}

/** This query runs on every authenticated request. It returns one row per role, or one row without a role. */
function prepareHolderQuery(db: Database, demo: boolean) {
  return db
    .select({ id: user.id, username: user.username, role: role.name, rotated: refresh_token.rotated })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(user, eq(user.id, refresh_token.user_id))
    .leftJoin(user_role, eq(user_role.user_id, user.id))
    .leftJoin(role, eq(role.id, user_role.role_id))
    .where(and(eq(refresh_token.jti, sql.placeholder('jti')), isLive(demo)))
    .prepare('token_holder')
}
