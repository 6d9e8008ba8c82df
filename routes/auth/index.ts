// Login, refresh, rotation, logout, and changing one's own password.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { clientOf } from '../../src/client.ts'
import { TokenRevoked } from '../../src/errors.ts'
import { failedLogin } from '../../src/login.ts'
import { ErrorBody } from '../../src/schemas.ts'
import type { TokenHolder } from '../../src/tokens.ts'
import { AccessToken, Credentials, Msg, PasswordChange, TokenPair } from './schema.ts'

const auth: FastifyPluginAsyncTypebox = async (app) => {
  const { tokens } = app
  const { signIn, changePassword } = app.login
  const withRefreshToken = { onRequest: app.authenticateRefresh, config: { policy: 'refresh token' } } as const

  app.post(
    '/',
    {
      config: { policy: 'public' },
      schema: { summary: 'Sign in', body: Credentials, response: { 200: TokenPair, 401: ErrorBody, 429: ErrorBody } }
    },
    async function login(request) {
      const { username, password } = request.body
      const account = await signIn(username, password).catch((error) => failedLogin(request, error))
      request.username = account.username
      const token = await tokens.issue(account.id, account.credentials_version, clientOf(request))
      return { access_token: app.signAccessToken(token), refresh_token: app.signRefreshToken(token) }
    }
  )

  // Not for HEAD, which must not mint a token.
  app.get(
    '/',
    {
      ...withRefreshToken,
      exposeHeadRoute: false,
      schema: { summary: 'A new access token', response: { 200: AccessToken } }
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
      ...withRefreshToken,
      schema: { summary: 'A new pair, which spends the refresh token', response: { 200: TokenPair } }
    },
    async function rotateToken(request) {
      const token = await rotate(request, holder(request).jti)
      return { access_token: app.signAccessToken(token), refresh_token: app.signRefreshToken(token) }
    }
  )

  app.delete(
    '/',
    {
      ...withRefreshToken,
      schema: { summary: 'Sign out: ends the refresh token and all that came from it', response: { 200: Msg } }
    },
    async function logout(request) {
      await tokens.block(holder(request).jti, 'logout')
      return { msg: 'Access token revoked' }
    }
  )

  app.put(
    '/password',
    {
      onRequest: app.authenticate,
      preValidation: app.authenticateAgain,
      config: { policy: 'any account' },
      schema: {
        summary: 'Change the password of whoever is signed in, which ends all tokens of the account',
        body: PasswordChange,
        response: { 200: Msg, 403: ErrorBody, 429: ErrorBody }
      }
    },
    async function changeOwnPassword(request) {
      const { old_password, new_password } = request.body
      await changePassword(request.username, old_password, new_password)
      return { msg: 'Password changed' }
    }
  )

  // The successor of a refresh token. A spent one that comes back late has been copied: whoever holds it loses it.
  async function rotate(request: FastifyRequest, jti: string) {
    const result = await tokens.rotate(jti, clientOf(request))
    if (result.reused) {
      request.log.warn({ event: 'refresh token reused', jti }, 'refresh token reused: its family is blocked')
      throw new TokenRevoked()
    }
    return result.child
  }
}

// The policy `refresh token` has made sure of it.
function holder(request: FastifyRequest): TokenHolder {
  return request.tokenHolder as TokenHolder
}

export default auth
