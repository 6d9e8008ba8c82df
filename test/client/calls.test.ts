// The typed client logs in, calls operations, throws errors that say what went wrong, and logs out.

import t from 'tap'
import { answerOf } from '../../client/index.ts'
import { openClients, rejectsWith, SAMPLES } from './api-client.ts'

t.test('the client logs in, calls operations and logs out, and throws an ApiError when one fails', async (t) => {
  const { signIn, connect } = await openClients(t)
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
  t.ok(client.expiresAt() > Date.now())
  t.same(await answerOf(client.GET(SAMPLES)), { samples: [], next: null })
  const { data, error, response } = await client.PUT('/api/auth/password', {
    body: { old_password: user.password, new_password: 'short' }
  })
  t.match({ data, error, status: response.status }, { data: undefined, error: { code: /./ }, status: 400 })

  const ownToken = { headers: { authorization: `Bearer ${user.refresh_token}` } }
  const rotated = await answerOf(client.POST('/api/auth/refresh', ownToken))
  t.match(rotated, { refresh_token: /./ }, 'a call with its own token keeps it')

  t.equal(await client.logout(), 'Access token revoked')
  await rejectsWith(t, answerOf(client.GET(SAMPLES)), { status: 401, body: { code: 'TOKEN_REVOKED' } })
  await rejectsWith(t, client.refresh(), { status: 401, body: { code: 'TOKEN_REVOKED' } })
})

t.test('the response of a proxy, which is no JSON of the API, is an ApiError too', async (t) => {
  const { signIn, connect } = await openClients(t)
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
    const expected = { status, message: `${status} No`, body: { statusCode: status } }
    await rejectsWith(t, answerOf(client.GET(SAMPLES)), expected)
  }
})
