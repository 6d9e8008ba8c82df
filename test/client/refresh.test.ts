// The typed client exchanges its tokens by itself when the access token has expired.

import t from 'tap'
import { answerOf, memoryStore } from '../../client/index.ts'
import { logRows } from '../support/app.ts'
import { jtiOf } from '../support/tokens.ts'
import {
  addSample,
  expired,
  expiring,
  isRotation,
  openClients,
  rejectsWith,
  requestsDuring,
  SAMPLES,
  sampleNames
} from './api-client.ts'

t.test('expired tokens are exchanged once, for all calls that wait for it', async (t) => {
  const server = await openClients(t)
  const user = await server.signIn('user')
  const store = memoryStore()
  const client = server.connect(expiring(server.app, 'login'), { store })
  await client.login(user.username, user.password)
  t.ok((await client.expiresAt()) < Date.now())
  const first = await store.get()

  const names = Array.from({ length: 5 }, (_, index) => `sample ${index}`)
  const requests = await requestsDuring(server, async () => {
    const calls = names.flatMap((name) => [addSample(client, name), client.GET(SAMPLES)])
    const responses = await Promise.all(calls)
    t.same(
      responses.map(({ response }) => response.status),
      names.flatMap(() => [201, 200])
    )
  })
  t.same(requests, {
    'POST /api/auth/refresh 200': 1,
    'POST /api/sample/ 401': 5,
    'POST /api/sample/ 201': 5,
    'GET /api/sample/ 401': 5,
    'GET /api/sample/ 200': 5
  })
  t.equal(server.refreshes(), 1)
  t.not(
    jtiOf((await store.get())?.refresh_token ?? ''),
    jtiOf(first?.refresh_token ?? ''),
    'the refresh token is new, too'
  )
  t.same(await sampleNames(client), names, 'a repeated call has its whole body')
})

t.test('if the exchange is rejected, or the new access token is, the call fails without another try', async (t) => {
  const server = await openClients(t)
  const user = await server.signIn('user')
  const [rejected, revoked] = ['GET /api/sample/ 401', 'POST /api/auth/refresh 401']
  for (const [send, revoke, code, calls] of [
    [fetch, true, 'TOKEN_REVOKED', { [rejected]: 1 }],
    [expiring(server.app, 'login'), true, 'TOKEN_REVOKED', { [rejected]: 1, [revoked]: 1 }],
    [
      expiring(server.app, 'login', 'rotation'),
      false,
      'TOKEN_EXPIRED',
      { [rejected]: 2, 'POST /api/auth/refresh 200': 1 }
    ]
  ] as const) {
    const store = memoryStore()
    const client = server.connect(send, { store })
    await client.login(user.username, user.password)
    if (revoke) await server.connect(fetch, { store: memoryStore(await store.get()) }).logout()
    const requests = await requestsDuring(server, () =>
      rejectsWith(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code } })
    )
    t.same(requests, calls)
  }
  t.equal(server.refreshes(), 1)
})

t.test('a login during an exchange wins: later calls are those of the new user', async (t) => {
  const { app, db, signIn, connect, endings } = await openClients(t)
  const [first, second] = [await signIn('user'), await signIn('user')]
  const exchanging = Promise.withResolvers<void>()
  const loggedIn = Promise.withResolvers<void>()
  const store = memoryStore(expired(app, first))
  const client = connect(
    async (request) => {
      if (isRotation(request)) {
        exchanging.resolve()
        await loggedIn.promise
      }
      return await fetch(request)
    },
    { store }
  )
  const waiting = client.GET(SAMPLES)
  await exchanging.promise
  await client.login(second.username, second.password)
  loggedIn.resolve()
  t.equal((await waiting).response.status, 200)
  await answerOf(client.GET(SAMPLES))
  t.equal((await logRows(db)).at(-1)?.username, second.username)
  t.same(endings, [])
})

t.test('a logout during an exchange wins: nobody is logged in afterwards', async (t) => {
  const { app, signIn, connect, endings } = await openClients(t)
  const exchanging = Promise.withResolvers<void>()
  const loggedOut = Promise.withResolvers<void>()
  const store = memoryStore(expired(app, await signIn('user')))
  const client = connect(
    async (request) => {
      const response = await fetch(request)
      if (isRotation(request)) {
        exchanging.resolve()
        await loggedOut.promise
      }
      return response
    },
    { store }
  )
  const waiting = client.GET(SAMPLES)
  await exchanging.promise
  t.equal(await client.logout(), 'Access token revoked')
  loggedOut.resolve()
  t.equal((await waiting).response.status, 401)
  t.equal(store.get(), undefined)
  t.same(endings, [])
})

t.test('a call that is aborted while it waits for an exchange ends at once; the exchange goes on', async (t) => {
  const { app, signIn, connect } = await openClients(t)
  const exchanging = Promise.withResolvers<void>()
  const aborted = Promise.withResolvers<void>()
  const store = memoryStore(expired(app, await signIn('user')))
  const client = connect(
    async (request) => {
      if (isRotation(request)) {
        exchanging.resolve()
        await aborted.promise
      }
      return await fetch(request)
    },
    { store }
  )
  const caller = new AbortController()
  const aborting = client.GET(SAMPLES, { signal: caller.signal })
  await exchanging.promise
  const other = client.GET(SAMPLES)
  caller.abort(new Error('the user left'))
  await t.rejects(aborting, { message: 'the user left' })
  aborted.resolve()
  t.equal((await other).response.status, 200)
})
