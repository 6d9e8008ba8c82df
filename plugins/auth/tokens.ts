// Refresh tokens. An access token names the refresh token it came from, so it ends with that one. All tokens rotated from
// one login are a family and are blocked together.

import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { TokenRevoked } from '../../src/errors.ts'
import { formatWholeSecond, fromNow } from '../../src/instants.ts'
import { single } from '../../src/records.ts'
import { type BlockedReason, type RefreshToken, refresh_token } from '../../src/tables/account.ts'
import { createHolders, type TokenHolder } from './holders.ts'
import { noteReuse, rotate } from './rotation.ts'
import { blockFamily } from './token-family.ts'
import type { SignInOrigin } from './user-agent.ts'

const DAY = 86_400_000 // milliseconds

export type TokenLifetimes = Pick<Config, 'refreshTokenDays' | 'familyDays'>

export type Tokens = ReturnType<typeof createTokens>

/** Returns what can be done with the refresh tokens of a database. */
export function createTokens(db: Database, config: TokenLifetimes & Pick<Config, 'demo'>) {
  const holders = createHolders(db, config.demo)

  return {
    /**
     * Returns the account that holds a refresh token, with its current roles. Takes the token's jti. Throws
     * TokenRevoked when the token is unknown or blocked, or when its account has been deleted or disabled or has a new
     * password since.
     */
    async holder(jti: string): Promise<TokenHolder> {
      const holder = await holders(jti)
      if (!holder) throw new TokenRevoked()
      return holder
    },

    /**
     * Issues the first refresh token of a login. Takes the account as its password was checked: if the password changes
     * or the account is deleted before the token is stored, the token is dead from the start.
     */
    async issue(account: { id: number; credentials_version: number }, origin: SignInOrigin): Promise<RefreshToken> {
      const jti = randomUUID()
      return single(
        await db
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
