// Several typed clients on one store, such as the tabs of a browser, do not spend each other's tokens.

import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { type TokenStore, webStorageStore } from '../../client/index.ts'
import { refresh_token } from '../../src/tables/account.ts'
import { jtiOf } from '../support/tokens.ts'
import { ageRotations, expired, isRotation, openClients, requestsDuring, SAMPLES, type Send } from './api-client.ts'

const ROUNDS = 20
const EXCHANGE = 'POST /api/auth/refresh 200'

/** Opens a server and a storage. Each `tab` is a client with a store of its own on that storage. */
async function openTabs(t: Test, hasLocks: boolean) {
  const server = await openClients(t)
  const items = new Map<string, string>()
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key)
  }
  const key = `tokens of ${t.name}`
  const openStore = (): TokenStore => {
    const { name, ...store } = webStorageStore(storage, key)
    return hasLocks ? { ...store, name } : store
  }
  const store = openStore()
  return {
    ...server,
    store,
    tab: (send: Send = fetch) => server.connect(send, { store: openStore() }),
    async expire() {
      const tokens = await store.get()
      if (tokens) await store.set(expired(server.app, tokens))
    },
    /** Whether the stored refresh token has already been exchanged. */
    async isSpent(): Promise<boolean> {
      const jti = jtiOf((await store.get())?.refresh_token ?? '')
      const [row] = await server.db.select().from(refresh_token).where(eq(refresh_token.jti, jti))
      return row?.rotated !== null
    }
  }
}

for (const hasLocks of [true, false]) {
  const how = hasLocks ? 'with Web Locks, and exchange the tokens once' : 'without Web Locks'
  t.test(`two tabs go on ${how} when both find the token expired`, async (t) => {
    const tabs = await openTabs(t, hasLocks)
    const user = await tabs.signIn('user')
    const clients = [tabs.tab(), tabs.tab()] as const
    await clients[0].login(user.username, user.password)
    for (let round = 1; round <= ROUNDS; round++) {
      await tabs.expire()
      const requests = await requestsDuring(tabs, async () => {
        const calls = clients.flatMap((client) => [client.GET(SAMPLES), client.GET(SAMPLES)])
        for (const { response } of await Promise.all(calls)) t.equal(response.status, 200)
      })
      t.ok((requests[EXCHANGE] ?? 0) <= (hasLocks ? 1 : 2), `${requests[EXCHANGE]} exchanges`)
      t.equal(requests['GET /api/sample/ 200'], 4)
      t.notOk(await tabs.isSpent())
      await ageRotations(tabs, 11)
    }
    t.same(tabs.endings, [])
    t.notMatch(tabs.log(), 'refresh token reused')
  })
}

t.test('a late response to an exchange does not replace the tokens that came after it', async (t) => {
  const tabs = await openTabs(t, false)
  const user = await tabs.signIn('user')
  const arrived = Promise.withResolvers<void>()
  const late = Promise.withResolvers<void>()
  const fast = tabs.tab()
  const slow = tabs.tab(async (request) => {
    const response = await fetch(request)
    if (isRotation(request)) {
      arrived.resolve()
      await late.promise
    }
    return response
  })
  await fast.login(user.username, user.password)
  await tabs.expire()
  const waiting = slow.GET(SAMPLES)
  await arrived.promise
  await fast.GET(SAMPLES) // gets the same successor
  await tabs.expire()
  await fast.GET(SAMPLES) // and spends it
  late.resolve()
  t.equal((await waiting).response.status, 200)
  t.notOk(await tabs.isSpent())
})

t.test('a tab whose exchange is rejected goes on with the tokens that another one has stored since', async (t) => {
  const tabs = await openTabs(t, false)
  const user = await tabs.signIn('user')
  const fast = tabs.tab()
  const slow = tabs.tab(async (request) => {
    if (isRotation(request)) await fast.login(user.username, user.password)
    return await fetch(request)
  })
  await tabs.store.set(expired(tabs.app, { ...user, refresh_token: user.access_token }))
  t.equal((await slow.GET(SAMPLES)).response.status, 200)
  t.same(tabs.endings, [])
})
