// The tokens of the API: the routes that issue and end them, what they contain, and whether they still work.

import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { ErrorBody } from '../../src/schemas.ts'
import { refresh_token } from '../../src/tables/account.ts'
import { withToken } from './app.ts'

/** A resource that the role user may read and change. */
export const RESOURCE = '/api/sample/'
export const AUTH = '/api/auth/'
export const ROTATE = '/api/auth/refresh'
export const PASSWORD = '/api/auth/password'

/** The challenge (WWW-Authenticate) of a rejected token. */
export const INVALID = 'Bearer error="invalid_token"'
export const REVOKED = 'Token has been revoked'
export const EXPIRED = 'Token has expired'

export type Claims = Record<string, unknown>
export type Pair = { access_token: string; refresh_token: string }
export type Response = Awaited<ReturnType<typeof withToken>>

/** Returns the status of a read with an access token. */
export async function readStatus(app: FastifyInstance, access_token: string): Promise<number> {
  return (await withToken(app, 'GET', RESOURCE, access_token)).statusCode
}

/** Gets a new access token, which belongs to the same refresh token, and returns both. */
export async function refresh(app: FastifyInstance, refresh_token: string): Promise<Pair> {
  const { access_token } = (await withToken(app, 'GET', AUTH, refresh_token)).json<Pair>()
  return { access_token, refresh_token }
}

/** Exchanges a refresh token for a new pair. */
export async function rotate(app: FastifyInstance, refresh_token: string): Promise<Pair> {
  return (await withToken(app, 'POST', ROTATE, refresh_token)).json<Pair>()
}

/** Returns the claims of a token. */
export function decode(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims
}

/** Returns the id of a token. */
export function jtiOf(token: string): string {
  return String(decode(token).jti)
}

/** Returns the current time as tokens give it, in seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** Returns the rows of an account's refresh tokens. */
export async function refreshTokenRows({ db }: FastifyInstance, user_id: number) {
  return await db.select().from(refresh_token).where(eq(refresh_token.user_id, user_id))
}

/** Asserts that every instance rejects both tokens on every route, because they are revoked. */
export async function assertRevoked(
  t: Test,
  instances: readonly FastifyInstance[],
  { access_token, refresh_token }: Pair
): Promise<void> {
  const responses = await Promise.all(
    instances.flatMap((app) => [
      withToken(app, 'GET', RESOURCE, access_token),
      withToken(app, 'PUT', PASSWORD, access_token),
      withToken(app, 'GET', AUTH, refresh_token),
      withToken(app, 'POST', ROTATE, refresh_token),
      withToken(app, 'DELETE', AUTH, refresh_token)
    ])
  )
  t.strictSame(
    responses.map((response) => [response.statusCode, response.json<ErrorBody>().msg]),
    Array(responses.length).fill([401, REVOKED]),
    'both tokens are revoked'
  )
}

/** Asserts that a response is a complete 401: with this message, this challenge, and never cached. */
export function assert401(
  t: Test,
  name: string,
  response: Response,
  { msg, challenge }: { msg: string | RegExp; challenge: string }
): void {
  t.equal(response.statusCode, 401, name)
  const body = response.json<ErrorBody>()
  t.match(body, { statusCode: 401, error: 'Unauthorized', msg, code: /^[A-Z_]+$/ }, `${name}: body`)
  if (typeof msg === 'string') t.equal(body.msg, msg, `${name}: text`)
  t.equal(response.headers['www-authenticate'], challenge, `${name}: challenge`)
  t.equal(response.headers['cache-control'], 'no-store', `${name}: not cached`)
  t.equal(response.headers['content-type'], 'application/json; charset=utf-8', `${name}: type`)
}
