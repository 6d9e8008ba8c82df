// What the tokens contain, how long they live, and how a refresh token gives a new access token.

import t from 'tap'
import { build, eventually, withToken } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import {
  AUTH,
  assert401,
  decode,
  EXPIRED,
  INVALID,
  jtiOf,
  now,
  type Pair,
  RESOURCE,
  readStatus,
  refreshTokenRows
} from '../support/tokens.ts'
import { forge } from './forgery.ts'

const { app, env, signIn, instances } = await buildTwoInstances(t)
const secret = env.JWT_SECRET_KEY ?? ''

t.test('tokens contain the id of their account and their lifetime, and nothing else [B14]', async (t) => {
  const caller = await signIn('user', 'admin')
  const access = decode(caller.access_token)
  const refresh = decode(caller.refresh_token)
  t.strictSame(Object.keys(access).sort(), ['exp', 'iat', 'iss', 'jti', 'refresh_jti', 'sub', 'type'])
  t.strictSame(Object.keys(refresh).sort(), ['exp', 'iat', 'iss', 'jti', 'sub', 'type'])
  t.match(access, { sub: String(caller.id), type: 'access', refresh_jti: refresh.jti })
  t.match(refresh, { sub: String(caller.id), type: 'refresh' })
  t.equal(Number(access.exp) - Number(access.iat), 15 * 60, '15 minutes')
  t.equal(Number(refresh.exp) - Number(refresh.iat), 30 * 86_400, '30 days')
  t.not(access.jti, refresh.jti)
})

t.test('a token expires to the second, and its time of issue does not matter [B15]', async (t) => {
  const claims = decode((await signIn('user')).access_token)
  const statusWith = (changes: object) => readStatus(app, forge({ ...claims, ...changes }, secret))
  t.equal(await statusWith({ iat: now() + 30 }), 200)
  t.equal(await statusWith({ exp: now() + 60 }), 200)
  t.equal(await statusWith({ exp: now() }), 401)
})

t.test('the lifetime of access tokens is set in minutes and fractions of minutes [B5]', async (t) => {
  const { app, signIn } = await build(t, { JWT_ACCESS_TOKEN_EXPIRES: '0.02' })
  const caller = await signIn('user')
  const { iat, exp } = decode(caller.access_token)
  t.equal(Number(exp) - Number(iat), 1)
  const rejected = await eventually(async () => {
    const response = await caller.get(RESOURCE)
    return response.statusCode === 200 ? undefined : response
  })
  assert401(t, 'after its lifetime', rejected, { msg: EXPIRED, challenge: INVALID })
  t.equal((await withToken(app, 'GET', AUTH, caller.refresh_token)).statusCode, 200, 'its refresh token still works')
})

t.test('a valid refresh token gives a new access token that belongs to it [C1]', async (t) => {
  const caller = await signIn('user')
  for (const instance of instances) {
    const response = await withToken(instance, 'GET', AUTH, caller.refresh_token)
    t.equal(response.statusCode, 200)
    t.equal(response.headers['cache-control'], 'no-store')
    t.strictSame(Object.keys(response.json()), ['access_token'])
    const { access_token } = response.json<Pair>()
    t.not(access_token, caller.access_token)
    t.equal(decode(access_token).refresh_jti, jtiOf(caller.refresh_token))
    t.equal(await readStatus(app, access_token), 200)
  }
  t.equal((await refreshTokenRows(app, caller.id)).length, 1, 'no row is added')
})

t.test('HEAD issues no token [C13]', async (t) => {
  const caller = await signIn('user')
  for (const url of [AUTH, '/api/auth']) {
    const response = await withToken(app, 'HEAD', url, caller.refresh_token)
    t.equal(response.statusCode, 405)
    t.equal(response.headers.allow, 'DELETE, GET, OPTIONS, POST')
  }
})
