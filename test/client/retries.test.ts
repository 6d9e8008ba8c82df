// The typed client repeats reads and creations that failed for now, and no other write.

import t from 'tap'
import { answerOf } from '../../client/index.ts'
import { openClients, rejectsWith, SAMPLES, SAMPLES_TO_ADD } from './api-client.ts'

const BUSY = { statusCode: 503, error: 'Service Unavailable', message: 'try again', code: 'UNAVAILABLE' }

t.test(
  'a read or a creation that gets 503 is sent up to three times; another write, which may have been done, only once',
  async (t) => {
    const { signIn, connect } = await openClients(t)
    const user = await signIn('user')
    let busy = 0
    let sent = 0
    const client = connect(async (request) => {
      sent++
      return busy-- > 0 ? Response.json(BUSY, { status: 503, headers: { 'retry-after': '0' } }) : await fetch(request)
    })
    /** Returns how many requests a call sends when the first of them get 503. */
    const requestsOf = async (call: () => Promise<unknown>, busyTimes: number) => {
      busy = busyTimes
      sent = 0
      await call()
      return sent
    }
    await client.login(user.username, user.password)
    const read = () => answerOf(client.GET(SAMPLES))
    const add = () => answerOf(client.POST(SAMPLES_TO_ADD, { body: { name: 'once' } as never }))
    const fails = (call: () => Promise<unknown>) => () => rejectsWith(t, call(), { status: 503, body: BUSY })

    t.equal(await requestsOf(read, 2), 3)
    t.equal(await requestsOf(() => client.refresh(), 2), 3)
    t.equal(await requestsOf(fails(read), 9), 3, 'not for ever')
    t.equal(await requestsOf(add, 2), 3)
    t.equal(await requestsOf(fails(add), 9), 3)
    t.equal(
      await requestsOf(
        fails(() => client.logout()),
        1
      ),
      1
    )
  }
)

t.test('a creation whose response is lost, or that is still running, creates one record [L14]', async (t) => {
  const { signIn, connect } = await openClients(t)
  const user = await signIn('user')
  const keys = new Set<string | null>()
  const troubles: ((response: Response) => Response)[] = [
    () => {
      throw new TypeError('fetch failed')
    },
    () => Response.json(BUSY, { status: 503, headers: { 'retry-after': '0' } })
  ]
  let trouble: ((response: Response) => Response) | undefined
  const client = connect(async (request) => {
    if (request.method === 'POST' && !request.url.includes('auth')) keys.add(request.headers.get('idempotency-key'))
    const response = await fetch(request)
    const once = trouble
    trouble = undefined
    return once ? once(response) : response
  })
  await client.login(user.username, user.password)
  for (trouble of troubles) await answerOf(client.POST(SAMPLES_TO_ADD, { body: { name: 'once' } as never }))
  t.equal((await user.get('/api/sample/')).json<{ samples: object[] }>().samples.length, 2)
  t.equal(keys.size, 2, 'each creation has a key of its own')
})
