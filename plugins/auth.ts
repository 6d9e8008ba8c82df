// Who is calling: signs tokens at login and, on every request, turns a bearer token into a principal. A token is only as
// good as its refresh token's row in the database, which is looked at each time, so that what is blocked is dead at once.

import jwt from '@fastify/jwt'
import { type Static, Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Principal } from '../src/accounts.ts'
import type { Config } from '../src/config.ts'
import {
  TokenExpired,
  TokenInvalid,
  TokenMalformed,
  TokenMissing,
  TokenRevoked,
  TokenWrongType
} from '../src/errors.ts'
import { formatInstant } from '../src/instants.ts'
import { createLogin, type Login } from '../src/login.ts'
import { createPasswords, type Passwords } from '../src/passwords.ts'
import { Strict } from '../src/schemas.ts'
import { createTokens, type RefreshToken, type TokenHolder, type Tokens } from '../src/tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** One for all, so that its queue is: hashing is what a flood of logins costs. */
    passwords: Passwords
    login: Login
    tokens: Tokens
    /** A signed access token that belongs to the refresh token and does not outlive it. */
    signAccessToken(token: Pick<RefreshToken, 'jti' | 'user_id' | 'expiry'>): string
    /** The signed form of a refresh token; the same token always gives the same text. */
    signRefreshToken(token: RefreshToken): string
    /** onRequest hook: demands a valid access token and sets the request's principal. Throws the 401s of src/errors.ts. */
    authenticate(request: FastifyRequest): Promise<void>
    /**
     * preValidation hook: asks again once a body has been read, for a client may take its time to send one, and lose
     * what it had meanwhile.
     */
    authenticateAgain(request: FastifyRequest): Promise<void>
    /** As `authenticate`, for a refresh token. */
    authenticateRefresh(request: FastifyRequest): Promise<void>
  }
  interface FastifyRequest {
    /** Who is calling; null until the request is authenticated. */
    principal: Principal | null
    /** The token the request was authenticated by. */
    tokenHolder: TokenHolder | null
    /** When the refresh token expires that the request came with, RFC 3339; '' when it came with none. */
    refreshTokenExpiry: string
  }
}

const MAX_SECONDS = 253_402_300_799 // 9999-12-31T23:59:59Z

// Nothing but what we sign: a claim that is unknown or of another type did not come from here.
const Claims = Strict({
  iss: Type.String(),
  sub: Type.String({ pattern: '^[1-9][0-9]{0,9}$' }),
  jti: Type.String({ minLength: 1, maxLength: 36 }),
  type: Type.Union([Type.Literal('access'), Type.Literal('refresh')]),
  iat: Type.Integer({ minimum: 0, maximum: MAX_SECONDS }),
  exp: Type.Integer({ minimum: 0, maximum: MAX_SECONDS }),
  /** On an access token: the jti of the refresh token it belongs to. */
  refresh_jti: Type.Optional(Type.String({ minLength: 1, maxLength: 36 }))
})
type Claims = Static<typeof Claims>

const isClaims = new Ajv().compile<Claims>(Claims)

async function auth(app: FastifyInstance, { config }: { config: Config }) {
  await app.register(jwt, {
    secret: config.jwtSecretKey,
    sign: { algorithm: 'HS256' },
    verify: {
      algorithms: ['HS256'],
      allowedIss: config.jwtIssuer,
      requiredClaims: ['iss', 'sub', 'jti', 'type', 'iat', 'exp']
    }
  })
  const tokens = createTokens(app.db, config)
  const accessSeconds = Math.max(1, Math.round(config.accessTokenMinutes * 60))

  const passwords = createPasswords(config)
  app.decorate('passwords', passwords)
  app.decorate('login', createLogin(app.db, passwords, config))
  app.decorate('tokens', tokens)
  app.decorateRequest('principal', null)
  app.decorateRequest('tokenHolder', null)
  app.decorateRequest('refreshTokenExpiry', '')

  app.decorate('signAccessToken', ({ jti, user_id, expiry }) => {
    const iat = Math.floor(Date.now() / 1000)
    const exp = Math.min(iat + accessSeconds, Date.parse(expiry) / 1000)
    return sign({
      sub: String(user_id),
      jti: crypto.randomUUID(),
      type: 'access',
      iat,
      exp,
      refresh_jti: jti
    })
  })

  app.decorate('signRefreshToken', ({ jti, user_id, issued, expiry }) =>
    sign({ sub: String(user_id), jti, type: 'refresh', iat: Date.parse(issued) / 1000, exp: Date.parse(expiry) / 1000 })
  )

  function sign(claims: Omit<Claims, 'iss'>): string {
    return app.jwt.sign({ iss: config.jwtIssuer, ...claims })
  }

  app.decorate('authenticate', async function authenticate(request) {
    const claims = verify(request, 'access')
    await identify(request, claims.sub, claims.refresh_jti ?? '')
  })

  app.decorate('authenticateAgain', async function authenticateAgain(request) {
    if (request.body !== undefined && request.tokenHolder) await app.authenticate(request)
  })

  app.decorate('authenticateRefresh', async function authenticateRefresh(request) {
    const claims = verify(request, 'refresh')
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
    const holder = await tokens.holder(jti)
    if (String(holder.id) !== sub) throw new TokenRevoked()
    request.tokenHolder = holder
    request.principal = holder
    request.username = holder.username
  }

  function verify(request: FastifyRequest, type: Claims['type']): Claims {
    try {
      const claims = app.jwt.verify<Record<string, unknown>>(bearerToken(request))
      if (!isClaims(claims)) throw new TokenInvalid('its claims are not ours')
      if (claims.exp * 1000 <= Date.now()) throw new TokenExpired()
      if (claims.type !== type) throw new TokenWrongType(type)
      return claims
    } catch (error) {
      throw asUnauthorized(error)
    }
  }
}

function bearerToken(request: FastifyRequest): string {
  const { authorization } = request.headers
  if (!authorization) throw new TokenMissing()
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? []
  if (!token) throw new TokenMalformed()
  return token
}

// What fast-jwt found, told by its kind only: its messages quote the token's claims.
const REASONS: Record<string, string> = {
  FAST_JWT_MALFORMED: 'it is malformed',
  FAST_JWT_INVALID_SIGNATURE: 'its signature is wrong',
  FAST_JWT_MISSING_SIGNATURE: 'it is not signed',
  FAST_JWT_INVALID_ALGORITHM: 'its algorithm is not accepted',
  FAST_JWT_MISSING_REQUIRED_CLAIM: 'a claim is missing',
  FAST_JWT_INACTIVE: 'it is not valid yet'
}

function asUnauthorized(error: unknown): Error {
  const { code = '', statusCode } = error as { code?: string; statusCode?: number }
  if (statusCode === 401 && !code.startsWith('F')) return error as Error
  if (code === 'FAST_JWT_EXPIRED') return new TokenExpired()
  return new TokenInvalid(REASONS[code] ?? 'its claims or header are not accepted')
}

export default fp(auth, { name: 'auth', fastify: '5.x', dependencies: ['database', 'access-log'] })
