// Authentication: signs tokens at login, and finds out who sends a request from its bearer token. The refresh token behind
// a token is looked up in the database on every request, so a blocked token fails on the very next one.

import { min, sql } from 'drizzle-orm'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { TokenRevoked } from '../../src/errors.ts'
import { formatInstant } from '../../src/instants.ts'
import { type RefreshToken, user } from '../../src/tables/account.ts'
import { type Accounts, createAccounts, type Principal } from './accounts.ts'
import type { TokenHolder } from './holders.ts'
import { createJwt } from './jwt.ts'
import { createLogin, type Login } from './login.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createTokens, type Tokens } from './tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accounts: Accounts
    passwords: Passwords
    login: Login
    tokens: Tokens
    /** Returns a signed access token that belongs to the refresh token and does not outlive it. */
    signAccessToken(token: Pick<RefreshToken, 'jti' | 'user_id' | 'expiry'>): string
    /** Returns the signed form of a refresh token. The same token always gives the same text. */
    signRefreshToken(token: RefreshToken): string
    /** Identifies the sender of a request by its access token. Throws the 401 errors of src/errors.ts. */
    authenticate(request: FastifyRequest): Promise<void>
    /** Identifies the sender of a request by its refresh token. Throws the same errors. */
    authenticateRefresh(request: FastifyRequest): Promise<void>
  }
  interface FastifyRequest {
    /** Who sent the request; null until it is authenticated. */
    principal: Principal | null
    /** The refresh token behind the request; null when it was not authenticated by a token. */
    tokenHolder: TokenHolder | null
    /** Whether the whole request had arrived when its token was looked up. */
    arrivedBeforeCheck: boolean
    /** When the refresh token that was sent expires, RFC 3339; '' when none was sent. */
    refreshTokenExpiry: string
  }
}

async function auth(app: FastifyInstance, { config }: { config: Config }) {
  const jwt = await createJwt(app, config)
  const tokens = createTokens(app.db, config)
  const accessSeconds = Math.max(1, Math.round(config.accessTokenMinutes * 60))

  // One instance for the whole server, so that all hashing shares one queue. Hashing is the expensive part of a login flood.
  const passwords = createPasswords(config)
  app.addHook('onReady', async function expectStoredHashes() {
    for (const stored of await exampleHashes(app.db)) passwords.expectHash(stored)
  })
  const accounts = createAccounts(app.db, passwords)
  app.decorate('accounts', accounts)
  app.decorate('passwords', passwords)
  app.decorate('login', createLogin(app.db, accounts, passwords, config))
  app.decorate('tokens', tokens)
  app.decorateRequest('principal', null)
  app.decorateRequest('tokenHolder', null)
  app.decorateRequest('arrivedBeforeCheck', false)
  app.decorateRequest('refreshTokenExpiry', '')

  app.decorate('signAccessToken', ({ jti, user_id, expiry }) => {
    const iat = Math.floor(Date.now() / 1000)
    const exp = Math.min(iat + accessSeconds, Date.parse(expiry) / 1000)
    return jwt.sign({ sub: String(user_id), jti: crypto.randomUUID(), type: 'access', iat, exp, refresh_jti: jti })
  })

  app.decorate('signRefreshToken', ({ jti, user_id, issued, expiry }) =>
    jwt.sign({
      sub: String(user_id),
      jti,
      type: 'refresh',
      iat: Date.parse(issued) / 1000,
      exp: Date.parse(expiry) / 1000
    })
  )

  app.decorate('authenticate', async function authenticate(request) {
    const claims = jwt.verify(request, 'access')
    await identify(request, claims.sub, claims.refresh_jti ?? '')
  })

  app.decorate('authenticateRefresh', async function authenticateRefresh(request) {
    const claims = jwt.verify(request, 'refresh')
    try {
      await identify(request, claims.sub, claims.jti)
    } catch (error) {
      if (error instanceof TokenRevoked && (await tokens.noteReuse(claims.jti))) {
        request.log.warn(
          { event: 'refresh token reused', jti: claims.jti },
          'refresh token reused after it was blocked'
        )
      }
      throw error
    }
    request.refreshTokenExpiry = formatInstant(claims.exp * 1000)
  })

  async function identify(request: FastifyRequest, sub: string, jti: string): Promise<void> {
    // The holder is looked up in the next phase of setImmediate, and nothing arrives during that phase.
    setImmediate(() => {
      request.arrivedBeforeCheck = request.raw.complete
    })
    const holder = await tokens.holder(jti)
    if (String(holder.id) !== sub) throw new TokenRevoked()
    request.tokenHolder = holder
    request.principal = holder
    request.username = holder.username
    request.credential = `token ${holder.jti}`
  }
}

/** Returns one stored hash for each of the costs that occur: they are what a hash begins with. */
async function exampleHashes(db: Database): Promise<string[]> {
  const costs = sql`substr(${user.password_hash}, 1, 31)`
  const rows = await db
    .select({ hash: min(user.password_hash) })
    .from(user)
    .groupBy(costs)
    .limit(1000)
  return rows.flatMap(({ hash }) => hash ?? [])
}

export default fp(auth, { name: 'auth', fastify: '5.x', dependencies: ['database', 'access-log'] })
