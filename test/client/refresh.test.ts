// The typed client refreshes an expired access token by itself.

import t from 'tap'
import { answerOf } from '../../client/index.ts'
import { logRows } from '../support/app.ts'
import { countRequests, expiring, isAuth, openClients, rejectsWith, SAMPLES, SAMPLES_TO_ADD } from './api-client.ts'

t.test('an expired access token is refreshed once, for all calls that wait for it', async (t) => {
  const { app, db, signIn, refreshes, connect } = await openClients(t)
  const user = await signIn('user')
  const client = connect(expiring(app, 'POST'))
  await client.login(user.username, user.password)
  t.ok(client.expiresAt() < Date.now())

  const before = (await logRows(db)).length
  const names = Array.from({ length: 5 }, (_, index) => `sample ${index}`)
  const calls = names.flatMap((name) => [client.POST(SAMPLES_TO_ADD, { body: { name } as never }), client.GET(SAMPLES)])
  const responses = await Promise.all(calls)
  t.same(
    responses.map(({ response }) => response.status),
    names.flatMap(() => [201, 200])
  )
  t.same(countRequests((await logRows(db)).slice(before)), {
    'GET /api/auth/ 200': 1,
    'POST /api/sample/ 401': 5,
    'POST /api/sample/ 201': 5,
    'GET /api/sample/ 401': 5,
    'GET /api/sample/ 200': 5
  })
  t.equal(refreshes(), 1)
  const { samples } = (await answerOf(client.GET(SAMPLES))) as unknown as { samples: { name: string }[] }
  t.same(samples.map(({ name }) => name).sort(), names, 'a repeated call has its whole body')
})

t.test('if the refresh is rejected, or the new access token is, the call fails without another try', async (t) => {
  const { app, db, signIn, refreshes, connect } = await openClients(t)
  const user = await signIn('user')
  for (const [send, revoke, code, calls] of [
    [fetch, true, 'TOKEN_REVOKED', { 'GET /api/sample/ 401': 1 }],
    [expiring(app, 'POST'), true, 'TOKEN_REVOKED', { 'GET /api/sample/ 401': 1, 'GET /api/auth/ 401': 1 }],
    [expiring(app, 'POST', 'GET'), false, 'TOKEN_EXPIRED', { 'GET /api/sample/ 401': 2, 'GET /api/auth/ 200': 1 }]
  ] as const) {
    const client = connect(send)
    await client.login(user.username, user.password)
    if (revoke) await client.logout()
    const before = (await logRows(db)).length
    await rejectsWith(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code } })
    t.same(countRequests((await logRows(db)).slice(before)), calls)
  }
  t.equal(refreshes(), 1)
})

t.test('a login during a refresh wins: later calls are those of the new user', async (t) => {
  const { app, db, signIn, connect } = await openClients(t)
  const [first, second] = [await signIn('user'), await signIn('user')]
  const refreshing = Promise.withResolvers<void>()
  const loggedIn = Promise.withResolvers<void>()
  const expire = expiring(app, 'POST')
  let logins = 0
  const client = connect(async (request) => {
    if (isAuth(request) && request.method === 'POST' && ++logins > 1) return await fetch(request)
    if (isAuth(request) && request.method === 'GET') {
      refreshing.resolve()
      await loggedIn.promise
    }
    return await expire(request)
  })
  await client.login(first.username, first.password)
  const waiting = client.GET(SAMPLES)
  await refreshing.promise
  await client.login(second.username, second.password)
  loggedIn.resolve()
  await waiting
  await answerOf(client.GET(SAMPLES))
  t.equal((await logRows(db)).at(-1)?.username, second.username)
})
