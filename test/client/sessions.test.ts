// The session of the typed client: where its tokens are kept, what middleware sees of it, and how a program hears of its end.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { answerOf, memoryStore, type TokenStore, webStorageStore } from '../../client/index.ts'
import { withToken } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { expired, isLogin, isRotation, openClients, rejectsWith, SAMPLES } from './api-client.ts'

t.test('a device goes on with the tokens that it has kept, and stores every new pair', async (t) => {
  const { app, signIn, connect, refreshes } = await openClients(t)
  const user = await signIn('user')
  const path = join(temporaryFolder(t), 'tokens.json')
  const file: TokenStore = {
    get: async () => JSON.parse(readFileSync(path, 'utf8')),
    set: async (tokens) => writeFileSync(path, JSON.stringify(tokens))
  }
  await file.set(expired(app, user))
  await answerOf(connect(fetch, { store: file }).GET(SAMPLES))
  t.equal(refreshes(), 1)
  const kept = await file.get()
  t.not(kept?.refresh_token, user.refresh_token)
  await answerOf(connect(fetch, { store: file }).GET(SAMPLES))
  t.equal(refreshes(), 1, 'after a restart, the kept access token is used')
})

t.test(
  'logout forgets the tokens and revokes them; where the server is not reached, it forgets them, too',
  async (t) => {
    const { app, signIn, connect, endings } = await openClients(t)
    const user = await signIn('user')
    const storage = new Map<string, string>()
    const store = webStorageStore({
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => storage.set(key, value),
      removeItem: (key) => storage.delete(key)
    })
    const client = connect(fetch, { store })
    await client.login(user.username, user.password)
    const tokens = await store.get()
    t.equal(storage.size, 1)
    t.equal(await client.logout(), 'Access token revoked')
    t.equal(storage.size, 0)
    t.equal((await withToken(app, 'GET', '/api/sample/', tokens?.access_token ?? '')).json().code, 'TOKEN_REVOKED')
    t.equal(await client.logout(), 'Missing Authorization Header', 'a second one is no error')

    await store.set(tokens)
    t.equal(await client.logout(), 'Token has been revoked')
    t.equal(storage.size, 0)

    const offline = connect(
      async () => {
        throw new TypeError('fetch failed')
      },
      { store }
    )
    await store.set(user)
    await t.rejects(offline.logout(), { message: 'fetch failed' })
    t.equal(storage.size, 0)
    t.same(endings, [], 'who logs out knows it')
  }
)

t.test('a session that the server ends is forgotten, and the program hears of it once', async (t) => {
  const { app, signIn, connect, endings } = await openClients(t)
  for (const [make, code] of [
    [(user) => user, 'TOKEN_REVOKED'],
    [(user) => expired(app, user), 'TOKEN_REVOKED'],
    [(user) => ({ ...user, access_token: `${user.access_token}x` }), 'TOKEN_INVALID'],
    [(user) => ({ ...expired(app, user), refresh_token: expired(app, user).access_token }), 'TOKEN_EXPIRED']
  ] satisfies [(user: Awaited<ReturnType<typeof signIn>>) => unknown, string][]) {
    const user = await signIn('user')
    const store = memoryStore(make(user) as never)
    const client = connect(fetch, { store })
    if (code === 'TOKEN_REVOKED') await withToken(app, 'DELETE', '/api/auth/', user.refresh_token)
    const responses = await Promise.all([client.GET(SAMPLES), client.GET(SAMPLES), client.GET(SAMPLES)])
    for (const { response } of responses) t.equal(response.status, 401)
    t.equal(store.get(), undefined)
    await rejectsWith(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code: 'TOKEN_MISSING' } })
    t.same(endings.splice(0), [code])
  }
})

t.test('a token that is revoked in the middle of a loop ends the loop with an error and the session', async (t) => {
  const { app, signIn, connect, endings } = await openClients(t)
  const user = await signIn('user')
  for (const name of ['a', 'b', 'c']) await user.post('/api/sample/', { name })
  const client = connect(fetch, { store: memoryStore(user) })
  const names: string[] = []
  const loop = async () => {
    const samples = client.list(SAMPLES as never, { params: { query: { limit: 2 } } } as never)
    for await (const { name } of samples as AsyncGenerator<{ name: string }>) {
      names.push(name)
      if (name === 'b') await withToken(app, 'DELETE', '/api/auth/', user.refresh_token)
    }
  }
  await rejectsWith(t, loop(), { status: 401, body: { code: 'TOKEN_REVOKED' } })
  t.same(names, ['a', 'b'])
  t.same(endings, ['TOKEN_REVOKED'])
})

t.test('a logout in one tab is noticed in the other, and a login is used there', async (t) => {
  const { signIn, connect, endings } = await openClients(t)
  const store = memoryStore()
  const [one, other] = [connect(fetch, { store }), connect(fetch, { store })]
  const user = await signIn('user')
  await one.login(user.username, user.password)
  await answerOf(other.GET(SAMPLES))
  await one.logout()
  t.same(endings, [])
  t.equal((await other.GET(SAMPLES)).response.status, 401)
  t.equal((await other.GET(SAMPLES)).response.status, 401)
  t.same(endings, ['TOKEN_MISSING'])
  await one.login(user.username, user.password)
  await answerOf(other.GET(SAMPLES))
})

t.test('middleware sees logins, exchanges and logouts, and can change them', async (t) => {
  const { app, signIn, connect } = await openClients(t)
  const user = await signIn('user')
  const store = memoryStore()
  const sent: string[] = []
  const client = connect(
    async (request) => {
      if (isLogin(request) || isRotation(request)) sent.push(request.headers.get('x-request-id') ?? '')
      return await fetch(request)
    },
    { store }
  )
  const seen: string[] = []
  client.use({
    onRequest({ request, schemaPath }) {
      request.headers.set('x-request-id', 'from-middleware')
      seen.push(`${request.method} ${schemaPath}`)
    },
    onResponse: ({ response }) => void seen.push(String(response.status))
  })
  await client.login(user.username, user.password)
  await store.set(expired(app, (await store.get()) ?? user))
  await client.GET(SAMPLES)
  await client.logout()
  t.same(seen, [
    ...['POST /api/auth/', '200'],
    ...['GET /api/sample/', 'POST /api/auth/refresh', '200', '200'],
    ...['DELETE /api/auth/', '200']
  ])
  t.same(sent, ['from-middleware', 'from-middleware'])
})
