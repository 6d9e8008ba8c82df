// A blocked refresh token is rejected on the very next request, with every token that came from it. Logout is one way to block it.

import t from 'tap'
import { eventually, signInAs, withToken } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import {
  AUTH,
  assert401,
  assertRevoked,
  INVALID,
  jtiOf,
  REVOKED,
  readStatus,
  refresh,
  rotate
} from '../support/tokens.ts'

const { app, signIn, instances } = await buildTwoInstances(t)

t.test('blocking a token revokes it, and all tokens that came from it, at every instance at once [C3]', async (t) => {
  for (const blocker of instances) {
    const caller = await signIn('user')
    const otherLogin = await signInAs(app, caller)
    const refreshed = await refresh(app, caller.refresh_token)
    const child = await rotate(app, caller.refresh_token)
    for (const instance of instances) t.equal(await readStatus(instance, refreshed.access_token), 200)

    await blocker.tokens.block(jtiOf(caller.refresh_token), 'admin')
    for (const pair of [caller, refreshed, child]) await assertRevoked(t, instances, pair)
    t.equal(await readStatus(app, otherLogin.access_token), 200, 'another login of the account still works')
  }
})

t.test('no request that starts after a block is confirmed succeeds, however many are running [C4]', async (t) => {
  const caller = await signIn('user')
  let confirmed = false
  let before = 0
  const after: number[] = []
  const workers = Array.from({ length: 10 }, async (_, worker) => {
    for (let n = 0, late = 0; n < 500 && late < 10; n++) {
      const isLate = confirmed
      const status = await readStatus(instances[worker % 2] ?? app, caller.access_token)
      if (isLate) late = after.push(status)
      else before += status === 200 ? 1 : 0
    }
  })
  await eventually(() => (before >= 50 ? true : undefined))
  await app.tokens.block(jtiOf(caller.refresh_token), 'admin')
  confirmed = true
  await Promise.all(workers)
  t.ok(after.length >= 10, 'there were requests after the block')
  t.strictSame([...new Set(after)], [401])
})

t.test('logout revokes the refresh token and its access tokens, and no other login [C5, C10]', async (t) => {
  const caller = await signIn('user')
  const otherLogin = await signInAs(app, caller)
  const refreshed = await refresh(app, caller.refresh_token)

  const response = await withToken(app, 'DELETE', AUTH, caller.refresh_token)
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), { msg: 'Access token revoked' })
  await assertRevoked(t, instances, caller)
  await assertRevoked(t, instances, refreshed)
  const second = await withToken(app, 'DELETE', AUTH, caller.refresh_token)
  assert401(t, 'a second logout', second, { msg: REVOKED, challenge: INVALID })

  t.equal(await readStatus(app, otherLogin.access_token), 200)
  t.equal((await withToken(app, 'GET', AUTH, otherLogin.refresh_token)).statusCode, 200)

  const nextLogin = await signInAs(app, caller)
  t.equal(await readStatus(app, nextLogin.access_token), 200)
  await assertRevoked(t, instances, caller)
})
