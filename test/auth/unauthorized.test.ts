// Every 401 says why in its text, and has the challenge that RFC 6750 asks for.

import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, type Caller, signInAs, withToken } from '../support/app.ts'
import { login } from '../support/logins.ts'
import { AUTH, assert401, decode, EXPIRED, INVALID, jtiOf, now, RESOURCE, REVOKED, ROTATE } from '../support/tokens.ts'
import { forge, unsigned } from './forgery.ts'

const { app, accounts, env, signIn } = await build(t)
const secret = env.JWT_SECRET_KEY ?? ''

const MISSING = { msg: 'Missing Authorization Header', challenge: 'Bearer' }
const MALFORMED = {
  msg: "Bad Authorization header. Expected 'Authorization: Bearer <token>'",
  challenge: 'Bearer'
}

t.test('a missing or malformed Authorization header gets 401 [B1]', async (t) => {
  const { access_token } = await signIn('user')
  const table: [name: string, url: string, authorization: string | undefined, expected: typeof MISSING][] = [
    ['no header', RESOURCE, undefined, MISSING],
    ['no header to refresh', AUTH, undefined, MISSING],
    ['an empty header', RESOURCE, '', MISSING],
    ['Basic', RESOURCE, 'Basic dXNlcjpwYXNz', MALFORMED],
    ['no value', RESOURCE, 'Bearer', MALFORMED],
    ['no value, a space', RESOURCE, 'Bearer ', MALFORMED],
    ['the token without Bearer', RESOURCE, access_token, MALFORMED]
  ]
  for (const [name, url, authorization, expected] of table) {
    const headers = authorization === undefined ? {} : { authorization }
    assert401(t, name, await app.inject({ method: 'GET', url, headers }), expected)
  }
})

t.test('each token that is not acceptable gets 401 with the reason [B1, B2, B5, B6, B8, C2]', async (t) => {
  const caller = await signIn('user')
  const blocked = await blockedCaller(caller)
  const access = decode(caller.access_token)
  const refresh = decode(caller.refresh_token)
  const past = { iat: now() - 60, exp: now() - 1 }

  const table: [name: string, url: string, token: string, msg: string | RegExp][] = [
    ['junk [B1]', RESOURCE, 'junk', /^Invalid token: it is malformed$/],
    ['8 KiB of junk [B1]', RESOURCE, 'x'.repeat(8192), /^Invalid token: it is malformed$/],
    ['8 KiB of dots [B1]', RESOURCE, '.'.repeat(8192), /^Invalid token: /],
    ['a wrong signature', RESOURCE, forge(access, 'another secret'), /^Invalid token: its signature/],
    ['not signed [B2]', RESOURCE, unsigned(access, 'none'), /^Invalid token: /],
    ['expired [B5]', RESOURCE, forge({ ...access, ...past }, secret), EXPIRED],
    ['expired by 0 s [B5]', RESOURCE, forge({ ...access, exp: now() }, secret), EXPIRED],
    ['expired, to refresh [C2]', AUTH, forge({ ...refresh, ...past }, secret), EXPIRED],
    ['not yet valid [B5]', RESOURCE, forge({ ...access, nbf: now() + 60 }, secret), /^Invalid token: /],
    ['a refresh token for a resource [B6]', RESOURCE, caller.refresh_token, 'Only access tokens are allowed'],
    ['an access token to refresh [B6]', AUTH, caller.access_token, 'Only refresh tokens are allowed'],
    ['no such row [B8]', RESOURCE, forge({ ...access, refresh_jti: randomUUID() }, secret), REVOKED],
    ['unknown, to refresh [C2]', AUTH, forge({ ...refresh, jti: randomUUID() }, secret), REVOKED],
    ['blocked', RESOURCE, blocked.access_token, REVOKED],
    ['blocked, to refresh [C2]', AUTH, blocked.refresh_token, REVOKED],
    ["another account's id", RESOURCE, forge({ ...access, sub: '2147483647' }, secret), REVOKED]
  ]
  for (const [name, url, token, msg] of table) {
    assert401(t, name, await withToken(app, 'GET', url, token), { msg, challenge: INVALID })
  }
})

t.test('a blocked token and the tokens of a removed account get 401 on every route of tokens [C2, C9]', async (t) => {
  const blocked = await blockedCaller(await signIn('user'))
  const removed = await signIn('user')
  await accounts.remove(removed.id)
  const revoked = { msg: REVOKED, challenge: INVALID }
  for (const [method, url] of [
    ['GET', AUTH],
    ['POST', ROTATE],
    ['DELETE', AUTH]
  ] as const) {
    assert401(t, `removed account, ${method}`, await withToken(app, method, url, removed.refresh_token), revoked)
    assert401(t, `blocked, ${method}`, await withToken(app, method, url, blocked.refresh_token), revoked)
  }
  assert401(t, 'removed account', await withToken(app, 'GET', RESOURCE, removed.access_token), revoked)
})

t.test('a failed login gets 401 and the plain challenge [A2]', async (t) => {
  const response = await login(app, { ...(await signIn('user')), password: 'not the password' })
  assert401(t, 'failed login', response, { msg: 'Bad username or password', challenge: 'Bearer' })
})

/** Signs the account of a caller in again and blocks the tokens of that login. */
async function blockedCaller(caller: Caller): Promise<Caller> {
  const blocked = await signInAs(app, caller)
  await app.tokens.block(jtiOf(blocked.refresh_token), 'admin')
  return blocked
}
