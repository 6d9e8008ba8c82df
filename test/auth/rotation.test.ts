// Rotation exchanges a refresh token for a new one. A token that is used again long after its rotation was stolen.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { refresh_token } from '../../src/tables/account.ts'
import { build, signInAs, withToken } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import {
  AUTH,
  assert401,
  assertRevoked,
  type Claims,
  decode,
  INVALID,
  jtiOf,
  now,
  type Pair,
  REVOKED,
  ROTATE,
  readStatus,
  refreshTokenRows,
  rotate
} from '../support/tokens.ts'

const { app, db, log, signIn, instances } = await buildTwoInstances(t)

t.test('repeated or parallel rotations of one token give the same successor [C7]', async (t) => {
  for (const servers of [[app], instances]) {
    const caller = await signIn('user')
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        withToken(servers[n % servers.length] ?? app, 'POST', ROTATE, caller.refresh_token)
      )
    )
    t.strictSame([...new Set(responses.map((response) => response.statusCode))], [200])
    t.equal(responses[0]?.headers['cache-control'], 'no-store')
    t.strictSame(Object.keys(responses[0]?.json() ?? {}).sort(), ['access_token', 'refresh_token'])
    const children = new Set(responses.map((response) => response.json<Pair>().refresh_token))
    t.equal(children.size, 1)
    t.notOk(children.has(caller.refresh_token))
    t.equal((await refreshTokenRows(app, caller.id)).length, 2, 'one new row')
    for (const response of responses) t.equal(await readStatus(app, response.json<Pair>().access_token), 200)

    const again = await rotate(app, caller.refresh_token)
    t.ok(children.has(again.refresh_token), 'and once more afterwards')
    const [child = ''] = children
    const grandchild = await withToken(app, 'POST', ROTATE, child)
    t.equal(grandchild.statusCode, 200)
    t.not(grandchild.json<Pair>().refresh_token, child)
  }
})

t.test('after 20,000 rotations a family needs a new login, and is not blocked [C11, L3]', async (t) => {
  const caller = await signIn('user')
  const isToken = eq(refresh_token.jti, jtiOf(caller.refresh_token))
  await db.update(refresh_token).set({ rotations: 19_999 }).where(isToken)
  const { refresh_token: last } = await rotate(app, caller.refresh_token)
  const response = await withToken(app, 'POST', ROTATE, last)
  t.equal(response.statusCode, 401)
  t.equal(response.json().msg, 'Token has expired')
  t.equal((await withToken(app, 'GET', AUTH, last)).statusCode, 200, 'the last token works until it expires')
  t.equal((await refreshTokenRows(app, caller.id)).length, 2)
})

t.test('a token used long after its rotation blocks its whole family for good, and the log says so [C8]', async (t) => {
  for (const [method, url] of [
    ['POST', ROTATE],
    ['GET', AUTH]
  ] as const) {
    const caller = await signIn('user')
    const otherLogin = await signInAs(app, caller)
    const child = await rotate(app, caller.refresh_token)
    const grandchild = await rotate(app, child.refresh_token)
    const jti = jtiOf(caller.refresh_token)
    const rotated = new Date(Date.now() - 11_000).toISOString()
    await db.update(refresh_token).set({ rotated }).where(eq(refresh_token.jti, jti))
    const logged = log().length

    const response = await withToken(app, method, url, caller.refresh_token)
    assert401(t, 'reuse', response, { msg: REVOKED, challenge: INVALID })
    for (const pair of [caller, child, grandchild]) await assertRevoked(t, instances, pair)
    const [root] = await db.select().from(refresh_token).where(eq(refresh_token.jti, jti))
    t.match(root, { blocked: true, blocked_reason: 'reuse' })
    t.equal(await readStatus(app, otherLogin.access_token), 200, 'another login still works')
    const lines = log()
      .slice(logged)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Claims)
    t.match(
      lines.find((line) => line.event === 'refresh token reused'),
      { jti, level: 40 }
    )
  }
})

t.test('rotation never extends a family beyond its end [C11]', async (t) => {
  const caller = await signIn('user')
  const end = now() + 120
  await db
    .update(refresh_token)
    .set({ family_expiry: new Date(end * 1000).toISOString() })
    .where(eq(refresh_token.jti, jtiOf(caller.refresh_token)))
  let token = caller.refresh_token
  for (let n = 0; n < 3; n++) {
    const response = await withToken(app, 'POST', ROTATE, token)
    t.equal(response.statusCode, 200)
    token = response.json<Pair>().refresh_token
    t.equal(decode(token).exp, end)
  }
})

t.test('the lifetimes of a token and of its family are configurable [C11]', async (t) => {
  const { app, db, signIn } = await build(t, { JWT_REFRESH_TOKEN_EXPIRES: '1', JWT_FAMILY_EXPIRES: '2' })
  const caller = await signIn()
  const [row] = await db.select().from(refresh_token)
  t.equal(Date.parse(row?.family_expiry ?? '') - Date.parse(row?.issued ?? ''), 2 * 86_400_000)
  const { iat, exp } = decode((await rotate(app, caller.refresh_token)).refresh_token)
  t.equal(Number(exp) - Number(iat), 86_400, 'the rotated token lives one day')
})
