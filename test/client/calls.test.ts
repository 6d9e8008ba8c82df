// The typed client logs in, calls operations, throws errors that say what went wrong, and logs out.

import t from 'tap'
import { answerOf } from '../../client/index.ts'
import { addSample, openClients, rejectsWith, SAMPLES, sampleNames, samplesOf } from './api-client.ts'

t.test('the client logs in, calls operations and logs out, and throws an ApiError when one fails', async (t) => {
  const { signIn, connect, endings } = await openClients(t)
  const client = connect()
  const user = await signIn('user')
  t.same(await answerOf(client.GET('/health/live')), { status: 'ok' })
  await rejectsWith(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code: 'TOKEN_MISSING' } })
  await rejectsWith(t, client.login(user.username, 'wrong'), {
    status: 401,
    message: '401 Bad username or password',
    body: { statusCode: 401, error: 'Unauthorized', message: 'Bad username or password' }
  })
  await rejectsWith(t, client.login('', user.password), {
    status: 400,
    body: { details: [{ field: 'username', message: String }] }
  })

  await client.login(user.username, user.password)
  t.ok((await client.expiresAt()) > Date.now())
  t.same(await answerOf(client.GET(SAMPLES)), { samples: [], next: null })
  const { data, error, response } = await client.PUT('/api/auth/password', {
    body: { old_password: user.password, new_password: 'short' }
  })
  t.match({ data, error, status: response.status }, { data: undefined, error: { code: /./ }, status: 400 })

  const ownToken = { headers: { authorization: `Bearer ${user.refresh_token}` } }
  const rotated = await answerOf(client.POST('/api/auth/refresh', ownToken))
  t.match(rotated, { refresh_token: /./ }, 'a call with its own token keeps it')
  t.equal((await client.GET(SAMPLES, ownToken)).error?.code, 'TOKEN_WRONG_TYPE')
  t.equal((await client.GET(SAMPLES)).response.status, 200, 'which does not end the session')

  t.equal(await client.logout(), 'Access token revoked')
  t.equal(await client.expiresAt(), 0)
  await rejectsWith(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code: 'TOKEN_MISSING' } })
  await rejectsWith(t, client.refresh(), { status: 401, body: { code: 'TOKEN_MISSING' } })
  t.same(endings, [])
})

t.test('the response of a proxy, which is no JSON of the API, is an ApiError too', async (t) => {
  const { signIn, connect, endings } = await openClients(t)
  const user = await signIn('user')
  for (const [body, status] of [
    ['<h1>Bad Gateway</h1>', 502],
    ['', 502],
    ['<h1>Who are you?</h1>', 401]
  ] as const) {
    const client = connect(async (request) =>
      request.method === 'POST'
        ? await fetch(request)
        : new Response(body, { status, statusText: 'No', headers: { 'retry-after': '0' } })
    )
    await client.login(user.username, user.password)
    const expected = { status, message: `${status} No`, body: { statusCode: status } }
    await rejectsWith(t, answerOf(client.GET(SAMPLES)), expected)
    t.not(await client.expiresAt(), 0, 'it does not end the session')
  }
  t.same(endings, [])
})

t.test('a loop over a list reads every slice once, forwards or backwards, and only those that it needs', async (t) => {
  const { signIn, connect } = await openClients(t)
  const user = await signIn('user')
  let reads = 0
  const client = connect(async (request) => {
    if (request.method === 'GET') reads++
    return await fetch(request)
  })
  await client.login(user.username, user.password)
  t.same(await sampleNames(client), [], 'an empty list')
  for (let n = 1; n <= 7; n++) await answerOf(addSample(client, `sample ${n}`))

  /** Returns the ids that a loop yields, and how many requests it sends. */
  const loop = async (query: object, limit = Number.POSITIVE_INFINITY) => {
    reads = 0
    const ids: number[] = []
    for await (const { id } of samplesOf(client, query)) {
      ids.push(id)
      if (ids.length === limit) break
    }
    return { ids, reads }
  }
  const { ids } = await loop({})
  t.equal(ids.length, 7)
  t.same(await loop({ limit: 3 }), { ids, reads: 3 })
  t.same(await loop({ limit: 3 }, 3), { ids: ids.slice(0, 3), reads: 1 }, 'no slice that nobody asked for')
  t.same(await loop({ limit: 2, after: ids[3] }), { ids: ids.slice(4), reads: 2 })
  t.same(await loop({ limit: 2, after: ids[0], before: ids[6] }), { ids: ids.slice(1, 6), reads: 3 })
  t.same(await loop({ limit: 2, before: ids[5] }), { ids: ids.slice(0, 5).reverse(), reads: 3 })

  await rejectsWith(t, loop({ limit: 0 }), { status: 400, body: { details: [{ field: 'limit' }] } })
})
