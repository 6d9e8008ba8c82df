// The typed client goes on when requests or responses are lost while it exchanges its tokens.

import t from 'tap'
import { memoryStore } from '../../client/index.ts'
import { ageRotations, expired, isRotation, openClients, requestsDuring, SAMPLES, type Send } from './api-client.ts'
import { badGateway, cut, lost, offline, overloaded } from './faults.ts'

/** Returns a `fetch` with these faults, one after the other, of the exchanges. */
function faulty(faults: Send[]): Send {
  return async (request) => await ((isRotation(request) && faults.shift()) || fetch)(request)
}

t.test('an exchange whose request or response is lost is repeated, and the session goes on', async (t) => {
  const server = await openClients(t)
  for (const [faults, exchanges] of [
    [[offline], 1],
    [[lost], 2],
    [[cut], 2],
    [[badGateway], 2],
    [[lost, lost], 3]
  ] as const) {
    const store = memoryStore(expired(server.app, await server.signIn('user')))
    const client = server.connect(faulty([...faults]), { store })
    const requests = await requestsDuring(server, async () => {
      t.equal((await client.GET(SAMPLES)).response.status, 200)
    })
    t.equal(requests['POST /api/auth/refresh 200'], exchanges)
    await ageRotations(server, 11)
    await store.set(expired(server.app, (await store.get()) as never))
    t.equal((await client.GET(SAMPLES)).response.status, 200, 'the successor was stored')
  }
  t.same(server.endings, [])
  t.notMatch(server.log(), 'refresh token reused')
})

t.test('after an outage the session goes on, unless a response was lost for more than ten seconds', async (t) => {
  const server = await openClients(t)
  for (const [fault, isLate, code] of [
    [offline, true, undefined],
    [lost, false, undefined],
    [lost, true, 'TOKEN_REVOKED']
  ] as const) {
    const store = memoryStore(expired(server.app, await server.signIn('user')))
    const client = server.connect(faulty([fault, fault, fault]), { store })
    await t.rejects(client.GET(SAMPLES), { message: 'fetch failed' })
    t.ok(store.get(), 'the tokens are kept, because they may be good')
    await ageRotations(server, isLate ? 11 : 0)
    const { response, error } = await client.GET(SAMPLES)
    t.equal((error as { code?: string } | undefined)?.code, code)
    t.equal(response.status, code ? 401 : 200)
    t.same(server.endings.splice(0), code ? [code] : [])
  }
})

t.test(
  'while the server is too busy to exchange tokens, all calls fail with its 503 and the session goes on',
  async (t) => {
    const server = await openClients(t)
    const store = memoryStore(expired(server.app, await server.signIn('user')))
    const client = server.connect(faulty([overloaded, overloaded, overloaded]), { store })
    const responses = await Promise.all([client.GET(SAMPLES), client.GET(SAMPLES), client.GET(SAMPLES)])
    for (const { response, error } of responses)
      t.match({ status: response.status, error }, { status: 503, error: { code: 'OVERLOADED' } })
    t.equal((await client.GET(SAMPLES)).response.status, 200)
    t.same(server.endings, [])
  }
)
