// The typed client before a server that listens: what it gives, throws, sends again and leaves alone; and, for tsc, what
// it does not let anybody write.

import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { ApiError, answerOf, type Client, type ClientOptions, createClient } from '../client/index.ts'
import { build, logRows } from './support/app.ts'

// A resource that only the tests have, under the name of a path of the document.
const SAMPLES = '/api/sample/' as '/health/live'
const SAMPLES_TO_ADD = '/api/sample/' as '/api/auth/'

type Send = NonNullable<ClientOptions['fetch']>

t.test('it logs in, calls, tells what went wrong, and logs out', async (t) => {
  const { signIn, connect } = await open(t)
  const client = connect()
  const user = await signIn('user')
  t.same(await answerOf(client.GET('/health/live')), { status: 'ok' })
  await refused(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code: 'TOKEN_MISSING' } })
  await refused(t, client.login(user.username, 'wrong'), {
    status: 401,
    message: '401 Bad username or password',
    body: { statusCode: 401, error: 'Unauthorized', message: 'Bad username or password' }
  })
  await refused(t, client.login('', user.password), {
    status: 400,
    body: { details: [{ field: 'username', message: String }] }
  })

  await client.login(user.username, user.password)
  t.ok(client.expiresAt() > Date.now())
  t.same(await answerOf(client.GET(SAMPLES)), { samples: [], next: null })
  const { data, error, response } = await client.PUT('/api/auth/password', {
    body: { old_password: user.password, new_password: 'short' }
  })
  t.match({ data, error, status: response.status }, { data: undefined, error: { code: /./ }, status: 400 })

  const ownToken = { headers: { authorization: `Bearer ${user.refresh_token}` } }
  t.match(
    await answerOf(client.POST('/api/auth/refresh', ownToken)),
    { refresh_token: /./ },
    'a call with its own token'
  )

  t.equal(await client.logout(), 'Access token revoked')
  await refused(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code: 'TOKEN_REVOKED' } })
  await refused(t, client.refresh(), { status: 401, body: { code: 'TOKEN_REVOKED' } })
})

t.test('an expired access token is refreshed once, for all calls that wait for it', async (t) => {
  const { app, db, signIn, refreshes, connect } = await open(t)
  const user = await signIn('user')
  const client = connect(expiring(app, 'POST'))
  await client.login(user.username, user.password)
  t.ok(client.expiresAt() < Date.now())

  const before = (await logRows(db)).length
  const names = Array.from({ length: 5 }, (_, index) => `sample ${index}`)
  const calls = names.flatMap((name) => [client.POST(SAMPLES_TO_ADD, { body: { name } as never }), client.GET(SAMPLES)])
  const answers = await Promise.all(calls)
  t.same(
    answers.map(({ response }) => response.status),
    names.flatMap(() => [201, 200])
  )
  t.same(counted((await logRows(db)).slice(before)), {
    'GET /api/auth/ 200': 1,
    'POST /api/sample/ 401': 5,
    'POST /api/sample/ 201': 5,
    'GET /api/sample/ 401': 5,
    'GET /api/sample/ 200': 5
  })
  t.equal(refreshes(), 1)
  const { samples } = (await answerOf(client.GET(SAMPLES))) as unknown as { samples: { name: string }[] }
  t.same(samples.map(({ name }) => name).sort(), names, 'what is sent again is sent whole')
})

t.test('when a new access token cannot be had, or is of no use, that is the end of it', async (t) => {
  const { app, db, signIn, refreshes, connect } = await open(t)
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
    await refused(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code } })
    t.same(counted((await logRows(db)).slice(before)), calls)
  }
  t.equal(refreshes(), 1)
})

t.test(
  'a read that the server is too busy for is tried again; a write, which may have been done, is not',
  async (t) => {
    const { signIn, connect } = await open(t)
    const user = await signIn('user')
    let busy = 0
    let sent = 0
    const client = connect(async (request) => {
      sent++
      return busy-- > 0 ? Response.json(BUSY, { status: 503, headers: { 'retry-after': '0' } }) : await fetch(request)
    })
    const calls = async (times: number, call: () => Promise<unknown>) => {
      busy = times
      sent = 0
      await call()
      return sent
    }
    await client.login(user.username, user.password)
    const unavailable = { status: 503, body: BUSY }
    t.equal(await calls(2, () => answerOf(client.GET(SAMPLES))), 3)
    t.equal(await calls(2, () => client.refresh()), 3)
    t.equal(await calls(9, () => refused(t, answerOf(client.GET(SAMPLES)), unavailable)), 3, 'not for ever')
    const add = () => answerOf(client.POST(SAMPLES_TO_ADD, { body: { name: 'once' } as never }))
    t.equal(await calls(1, () => refused(t, add(), unavailable)), 1)
    t.equal(await calls(1, () => refused(t, client.logout(), unavailable)), 1)
  }
)

t.test('what a proxy answers is an ApiError too', async (t) => {
  const { signIn, connect } = await open(t)
  const user = await signIn('user')
  for (const [body, status] of [
    ['<h1>Bad Gateway</h1>', 502],
    ['', 502],
    ['<h1>Who are you?</h1>', 401]
  ] as const) {
    const client = connect(async (request) =>
      request.method === 'POST' ? await fetch(request) : new Response(body, { status, statusText: 'No' })
    )
    await client.login(user.username, user.password)
    await refused(t, answerOf(client.GET(SAMPLES)), { status, message: `${status} No`, body: { statusCode: status } })
  }
})

/** Never called. That each of these lines is refused is checked by tsc: a directive without an error is one. */
export async function doesNotCompile(client: Client) {
  // @ts-expect-error no such path
  await client.GET('/api/auth/nobody')
  // @ts-expect-error no such method on this path
  await client.PUT('/api/auth/')
  // @ts-expect-error no body
  await client.POST('/api/auth/')
  // @ts-expect-error a required field is missing
  await client.POST('/api/auth/', { body: { username: 'ada' } })
  // @ts-expect-error a field of the wrong type
  await client.POST('/api/auth/', { body: { username: 'ada', password: 1 } })
  // @ts-expect-error a field that is not taken
  await client.POST('/api/auth/', { body: { username: 'ada', password: 'a', role: 'admin' } })
  // @ts-expect-error a query where none is taken
  await client.GET('/health/live', { params: { query: { limit: 1 } } })
  // @ts-expect-error a field that the answer does not have
  void (await answerOf(client.GET('/health/live'))).version
  // @ts-expect-error a value that the field never has
  void ((await answerOf(client.GET('/health/live'))).status === 'bad')
  // @ts-expect-error the data of a call that may have failed
  void (await client.GET('/health/live')).data.status
  // @ts-expect-error no password
  await client.login('ada')
}

t.test('whoever logs in while a token is refreshed is who calls from then on', async (t) => {
  const { app, db, signIn, connect } = await open(t)
  const [first, second] = [await signIn('user'), await signIn('user')]
  const asked = Promise.withResolvers<void>()
  const loggedIn = Promise.withResolvers<void>()
  const expire = expiring(app, 'POST')
  let logins = 0
  const client = connect(async (request) => {
    if (request.url.endsWith('/api/auth/') && request.method === 'POST' && ++logins > 1) return await fetch(request)
    if (request.url.endsWith('/api/auth/') && request.method === 'GET') {
      asked.resolve()
      await loggedIn.promise
    }
    return await expire(request)
  })
  await client.login(first.username, first.password)
  const waiting = client.GET(SAMPLES)
  await asked.promise
  await client.login(second.username, second.password)
  loggedIn.resolve()
  await waiting
  await answerOf(client.GET(SAMPLES))
  t.equal((await logRows(db)).at(-1)?.username, second.username)
})

const BUSY = { statusCode: 503, error: 'Service Unavailable', message: 'try again', code: 'UNAVAILABLE' }

/** A server that listens, and clients before it. */
async function open(t: Test) {
  const server = await build(t)
  const baseUrl = await server.app.listen({ port: 0, host: '127.0.0.1' })
  let refreshed = 0
  const connect = (send: Send = fetch) =>
    createClient(baseUrl, {
      fetch: send,
      onRefresh() {
        refreshed++
      }
    })
  return { ...server, connect, refreshes: () => refreshed }
}

/** Gives, in answers to these methods, an access token as it is once time has passed. */
function expiring(app: FastifyInstance, ...methods: string[]): Send {
  return async (request) => {
    const response = await fetch(request)
    if (!request.url.endsWith('/api/auth/') || !methods.includes(request.method) || !response.ok) return response
    const answer = (await response.json()) as { access_token: string }
    const { refresh_jti, sub } = app.jwt.decode<{ refresh_jti: string; sub: string }>(answer.access_token) ?? {}
    const token = { jti: refresh_jti ?? '', user_id: Number(sub), expiry: '2024-02-29T00:00:00Z' }
    return Response.json({ ...answer, access_token: app.signAccessToken(token) })
  }
}

async function refused(t: Test, call: Promise<unknown>, expected: object): Promise<void> {
  const error = await call.then(
    () => undefined,
    (error) => error
  )
  t.ok(error instanceof ApiError)
  t.match({ ...error, message: error?.message }, expected)
}

/** How often each call was answered with each status. */
function counted(rows: Awaited<ReturnType<typeof logRows>>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method, path, status } of rows) {
    const call = `${method} ${path} ${status}`
    counts[call] = (counts[call] ?? 0) + 1
  }
  return counts
}
