// The typed client repeats what failed for now and cannot be done twice, when the server asks for it.

import t, { type Test } from 'tap'
import { answerOf, memoryStore } from '../../client/index.ts'
import { addSample, openClients, SAMPLES, type Send, sampleNames } from './api-client.ts'
import {
  badGateway,
  busy,
  busyAfterwards,
  cut,
  failure,
  hanging,
  locked,
  lost,
  offline,
  overloaded,
  tooMany
} from './faults.ts'

/** Opens a client whose next calls are those of `outcome`. */
async function openFaulty(t: Test, options: { timeout?: number } = {}) {
  const server = await openClients(t)
  const user = await server.signIn('user')
  let faults: Send[] = []
  let sent = 0
  const send: Send = async (request) => {
    sent++
    return await (faults.shift() ?? fetch)(request)
  }
  const client = server.connect(send, { store: memoryStore({ ...user }), ...options })

  /** Calls, with faults of its first requests. Returns the status or the name of the error, and how many were sent. */
  async function outcome(call: () => Promise<{ response: Response }>, ...planned: Send[]): Promise<[unknown, number]> {
    faults = planned
    sent = 0
    const status = await call().then(
      ({ response }) => response.status,
      (error: Error) => error.name
    )
    return [status, sent]
  }
  const { id } = (await user.post('/api/sample/', { name: 'first' })).json<{ id: number }>()
  return {
    ...server,
    user,
    client,
    outcome,
    read: () => client.GET(SAMPLES),
    add: () => addSample(client, 'added'),
    rename: () =>
      client.PUT('/api/sample/{id}' as '/api/auth/password', {
        ...({ params: { path: { id } } } as object),
        body: { name: 'renamed' } as never
      })
  }
}

t.test('a read or an addition that may have been done is sent up to three times, another write once', async (t) => {
  const { outcome, read, add, rename } = await openFaulty(t)
  for (const [fault, failed] of [
    [offline, 'TypeError'],
    [lost, 'TypeError'],
    [cut, 'TypeError'],
    [busy, 503],
    [busyAfterwards, 503],
    [badGateway, 502]
  ] as const) {
    t.same(await outcome(read, fault), [200, 2])
    t.same(await outcome(add, fault), [201, 2])
    t.same(await outcome(rename, fault), [failed, 1])
  }
  t.same(await outcome(read, busy, badGateway, busy), [503, 3], 'not for ever')
  t.same(await outcome(add, busy, busy, busy), [503, 3])
  t.same(await outcome(add, offline, busy, offline), ['TypeError', 3])
})

t.test('what the server has refused before any work is sent again, whatever it is', async (t) => {
  const { client, outcome, read, rename } = await openFaulty(t)
  for (const [fault, status] of [
    [overloaded, 503],
    [tooMany, 429]
  ] as const) {
    t.same(await outcome(read, fault), [200, 2])
    t.same(await outcome(rename, fault, fault), [200, 3])
    t.same(await outcome(rename, fault, fault, fault), [status, 3])
  }
  const wrongPassword = { body: { old_password: 'x', new_password: 'y' } }
  const change = () => client.PUT('/api/auth/password', wrongPassword)
  t.same(await outcome(change, locked), [429, 1], 'an account that is locked stays so')
})

t.test('an addition whose response is lost, or that is still running, adds one record [L14]', async (t) => {
  const { client, user, outcome, add } = await openFaulty(t)
  const keys: (string | null)[] = []
  const twice: Send = async (request) => {
    keys.push(request.headers.get('idempotency-key'))
    const [first, second] = await Promise.all([fetch(request.clone()), fetch(request.clone())])
    return first.ok ? second : first
  }
  const plans = [[lost], [cut], [busyAfterwards], [lost, lost], [twice], [twice, lost]]
  for (const faults of plans) t.equal((await outcome(add, ...faults))[0], 201)
  t.same(await sampleNames(client), [...plans.map(() => 'added'), 'first'])
  t.match(keys[0], /^"[0-9a-f-]{36}"$/)
  t.equal(new Set(keys).size, 2, 'each addition has a key of its own')

  const part = { sample_id: 1, label: 'Scale', seen_at: '2024-02-29T09:30:00Z', amount: 72.5, done: true }
  const addParts = () => client.POST('/api/part/batch' as '/api/auth/', { body: [part, part] as never })
  t.same(await outcome(addParts, lost), [201, 2])
  const { parts } = (await user.get('/api/part/')).json<{ parts: object[] }>()
  t.equal(parts.length, 2, 'the same of many records')

  const once = { body: { name: 'once' } as never, headers: { 'idempotency-key': 'my-own-key' } }
  for (let n = 0; n < 2; n++) await answerOf(client.POST('/api/sample/' as '/api/auth/', once))
  t.equal((await sampleNames(client)).filter((name) => name === 'once').length, 1, 'a key of the caller is kept')
})

t.test('the client waits as long as Retry-After says, and not at all if that is more than a minute', async (t) => {
  const { outcome, read } = await openFaulty(t)
  const waits: number[] = []
  const { setTimeout } = globalThis
  // The server has timers, too, but none of these lengths.
  const isAsked = (ms: number) => ms === 7_000 || (ms > 11_000 && ms <= 13_000)
  t.intercept(globalThis, 'setTimeout', {
    value(callback: () => void, ms = 0, ...args: []) {
      if (isAsked(ms)) waits.push(ms)
      return setTimeout(callback, isAsked(ms) ? 0 : ms, ...args)
    }
  })
  const asking = (status: number, retryAfter: string) => async () => failure(status, 'UNAVAILABLE', retryAfter)
  t.same(await outcome(read, asking(503, '7')), [200, 2])
  t.same(await outcome(read, asking(429, '7')), [200, 2])
  t.same(waits, [7_000, 7_000])
  t.same(await outcome(read, asking(503, new Date(Date.now() + 13_000).toUTCString())), [200, 2])
  t.equal(waits.length, 3, 'it can be a date')
  t.same(await outcome(read, asking(429, '61')), [429, 1])
  t.same(await outcome(read, asking(503, '3600')), [503, 1])
  t.same(await outcome(read, asking(503, 'soon')), [200, 2])
})

t.test('a call without a response in time is repeated if it may be, and fails with a TimeoutError', async (t) => {
  const timeout = 12_345
  const { outcome, read, rename } = await openFaulty(t, { timeout })
  const { setTimeout } = globalThis
  t.intercept(globalThis, 'setTimeout', {
    value: (callback: () => void, ms = 0, ...args: []) => setTimeout(callback, ms === timeout ? timer() : ms, ...args)
  })
  // The time of so many attempts is over at once.
  let over = 0
  const timer = () => (over-- > 0 ? 0 : timeout)
  const outcomeOf = async (call: () => Promise<{ response: Response }>, hangs: number) => {
    over = hangs
    return await outcome(call, ...Array<Send>(hangs).fill(hanging))
  }
  t.same(await outcomeOf(read, 1), [200, 2])
  t.same(await outcomeOf(read, 3), ['TimeoutError', 3])
  t.same(await outcomeOf(rename, 1), ['TimeoutError', 1])
})

t.test('a call that its caller aborts ends at once, and is not repeated', async (t) => {
  const { signIn, connect } = await openClients(t, { RATE_LIMIT: '2' })
  const user = await signIn('user')
  const reason = new Error('the user left')
  let sent = 0
  const refused = Promise.withResolvers<void>()
  const client = connect(
    async (request) => {
      sent++
      const response = await fetch(request)
      if (response.status === 429) refused.resolve()
      return response
    },
    { store: memoryStore({ ...user }) }
  )
  await answerOf(client.GET(SAMPLES))
  const waits = new AbortController()
  const waiting = client.GET(SAMPLES, { signal: waits.signal })
  await refused.promise
  waits.abort(reason)
  await t.rejects(waiting, reason, 'while it waits for a minute, as the server has asked')
  t.equal(sent, 2)

  const reached = Promise.withResolvers<void>()
  const hung = connect((request) => {
    sent++
    reached.resolve()
    return hanging(request)
  })
  const hangs = new AbortController()
  const hangingCall = hung.GET(SAMPLES, { signal: hangs.signal })
  await reached.promise
  hangs.abort(reason)
  await t.rejects(hangingCall, reason, 'while there is no response')
  t.equal(sent, 3)
})
