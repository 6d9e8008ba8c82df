// The JSON Web Tokens that this server signs and accepts (RFC 7519, RFC 8725).

import jwt from '@fastify/jwt'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from '../../src/config.ts'
import { TokenExpired, TokenInvalid, TokenMalformed, TokenMissing, TokenWrongType } from '../../src/errors.ts'
import { Strict } from '../../src/schemas.ts'
import { createAjv } from '../../src/validators.ts'

const MAX_SECONDS = 253_402_300_799 // 9999-12-31T23:59:59Z

// Exactly what this server signs. A token with an unknown claim, or a claim of another type, is not from here.
const Claims = Strict({
  iss: Type.String(),
  sub: Type.String({ pattern: '^[1-9][0-9]{0,9}$' }),
  jti: Type.String({ minLength: 1, maxLength: 36 }),
  type: Type.Union([Type.Literal('access'), Type.Literal('refresh')]),
  iat: Type.Integer({ minimum: 0, maximum: MAX_SECONDS }),
  exp: Type.Integer({ minimum: 0, maximum: MAX_SECONDS }),
  /** On an access token: the jti of the refresh token it came from. */
  refresh_jti: Type.Optional(Type.String({ minLength: 1, maxLength: 36 }))
})
export type Claims = Static<typeof Claims>

/** How many verified tokens are kept, so that their signatures need not be checked again. */
const KEPT = 1_000

const isClaims = createAjv().compile<Claims>(Claims)

/** Registers @fastify/jwt and returns how tokens are signed and verified with it. */
export async function createJwt(app: FastifyInstance, config: Pick<Config, 'jwtSecretKey' | 'jwtIssuer'>) {
  await app.register(jwt, {
    secret: config.jwtSecretKey,
    sign: { algorithm: 'HS256' },
    verify: {
      algorithms: ['HS256'],
      allowedIss: config.jwtIssuer,
      requiredClaims: ['iss', 'sub', 'jti', 'type', 'iat', 'exp']
    }
  })

  const verified = new Map<string, Claims>()

  /** Returns the claims of a token that this server has signed, which may have expired. Throws TokenInvalid. */
  function claimsOf(token: string): Claims {
    const known = verified.get(token)
    if (known) return known
    const claims = decode(app, token)
    if (!isClaims(claims)) throw new TokenInvalid('its claims are not ours')
    if (verified.size >= KEPT) verified.clear()
    verified.set(token, claims)
    return claims
  }

  return {
    /** Returns the signed token with these claims. The same claims always give the same text. */
    sign(claims: Omit<Claims, 'iss'>): string {
      return app.jwt.sign({ iss: config.jwtIssuer, ...claims })
    },

    /** Returns the claims of the bearer token of a request. Throws the 401 errors of src/errors.ts. */
    verify(request: FastifyRequest, type: Claims['type']): Claims {
      const claims = claimsOf(bearerToken(request))
      if (claims.exp * 1000 <= Date.now()) throw new TokenExpired()
      if (claims.type !== type) throw new TokenWrongType(type)
      return claims
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

function decode(app: FastifyInstance, token: string): Record<string, unknown> {
  try {
    return app.jwt.verify(token)
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (code === 'FAST_JWT_EXPIRED') throw new TokenExpired()
    throw new TokenInvalid(REASONS[code] ?? 'its claims or header are not accepted')
  }
}

// Why fast-jwt rejected a token. Its own messages quote the token's claims.
const REASONS: Record<string, string> = {
  FAST_JWT_MALFORMED: 'it is malformed',
  FAST_JWT_INVALID_SIGNATURE: 'its signature is wrong',
  FAST_JWT_MISSING_SIGNATURE: 'it is not signed',
  FAST_JWT_INVALID_ALGORITHM: 'its algorithm is not accepted',
  FAST_JWT_MISSING_REQUIRED_CLAIM: 'a claim is missing',
  FAST_JWT_INACTIVE: 'it is not valid yet'
}
