// Login, refresh, rotation, logout, and changing one's own password.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { authorOf } from '../../plugins/auth/account-events.ts'
import type { TokenHolder } from '../../plugins/auth/holders.ts'
import { signInOrigin } from '../../plugins/auth/user-agent.ts'
import { TokenRevoked } from '../../src/errors.ts'
import { ErrorBody } from '../../src/schemas.ts'
import { AccessToken, Credentials, Msg, PasswordChange, TokenPair } from './schema.ts'

const auth: FastifyPluginAsyncTypebox = async (app) => {
  const { tokens } = app
  const byRefreshToken = { policy: 'refresh token', identify: app.authenticateRefresh, action: 'execute' } as const
  const byAccessToken = { policy: 'any account', identify: app.authenticate, checksPassword: true } as const

  app.post(
    '/',
    {
      config: { policy: 'public', checksPassword: true, action: 'execute' },
      schema: { summary: 'Log in', body: Credentials, response: { 200: TokenPair, 401: ErrorBody } }
    },
    async function login(request) {
      const account = await app.login.signIn(request, request.body)
      const token = await tokens.issue(account, signInOrigin(request))
      return { access_token: app.signAccessToken(token), refresh_token: app.signRefreshToken(token) }
    }
  )

  app.get(
    '/',
    {
      config: byRefreshToken,
      exposeHeadRoute: false, // HEAD must not issue a token
      schema: { summary: 'Get a new access token', response: { 200: AccessToken } }
    },
    async function refresh(request) {
      const { id, jti, spent } = holder(request)
      if (spent) await rotate(request, jti)
      else await tokens.use(jti)
      return { access_token: app.signAccessToken({ jti, user_id: id, expiry: request.refreshTokenExpiry }) }
    }
  )

  app.post(
    '/refresh',
    {
      config: byRefreshToken,
      schema: { summary: 'Exchange the refresh token for a new pair of tokens', response: { 200: TokenPair } }
    },
    async function rotateToken(request) {
      const token = await rotate(request, holder(request).jti)
      return { access_token: app.signAccessToken(token), refresh_token: app.signRefreshToken(token) }
    }
  )

  app.delete(
    '/',
    {
      config: byRefreshToken,
      schema: { summary: 'Log out: revoke the refresh token and all tokens that came from it', response: { 200: Msg } }
    },
    async function logout(request) {
      await tokens.block(holder(request).jti, 'logout')
      return { msg: 'Access token revoked' }
    }
  )

  app.put(
    '/password',
    {
      config: byAccessToken,
      schema: {
        summary: "Change one's own password, which ends all tokens of the account",
        body: PasswordChange,
        response: { 200: Msg, 403: ErrorBody }
      }
    },
    async function changeOwnPassword(request) {
      const { old_password, new_password } = request.body
      await app.login.changePassword(request, old_password, new_password, {
        by: authorOf(request),
        token: holder(request).jti
      })
      return { msg: 'Password changed' }
    }
  )

  /** Returns the successor of a refresh token. Throws TokenRevoked when the token was reused. */
  async function rotate(request: FastifyRequest, jti: string) {
    const result = await tokens.rotate(jti, signInOrigin(request))
    if (result.reused) {
      request.log.warn({ event: 'refresh token reused', jti }, 'refresh token reused: its family is blocked')
      throw new TokenRevoked()
    }
    return result.child
  }
}

/** Returns the refresh token behind a request. */
function holder(request: FastifyRequest): TokenHolder {
  return request.tokenHolder as TokenHolder
}

export default auth
