// The number of requests of a client within a minute is limited.

import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { networkOf } from '../../src/network.ts'
import { build, eventually, logRows } from '../support/app.ts'
import { addUser, login } from '../support/logins.ts'
import { visitor } from '../support/pages.ts'

const CLIENT = '192.0.2.1'

/** Returns a function that requests an address and returns the status. */
async function limited(t: Test, variables: Record<string, string>) {
  const server = await build(t, variables)
  const status = async (url: string, remoteAddress = CLIENT, headers = {}) =>
    (await server.app.inject({ url, remoteAddress, headers })).statusCode
  return { ...server, status }
}

t.test('a client that sends more than the limit gets 429, whatever it asks for [G18]', async (t) => {
  const { app, db, status } = await limited(t, { RATE_LIMIT: '6' })
  const paths = ['/health/live', '/nowhere', '/api/nowhere', '/login', '/api/sample/', '/static/icon.svg']
  const first: number[] = []
  for (const path of paths) first.push(await status(path))
  t.strictSame(first, [200, 404, 404, 200, 401, 200])
  for (const path of paths) t.equal(await status(path), 429, path)
  t.equal(await status('/health/live', '192.0.2.2'), 200, 'another client is served')

  const response = await app.inject({ url: '/api/sample/', remoteAddress: CLIENT })
  t.match(response.json(), { statusCode: 429, error: 'Too Many Requests', code: 'TOO_MANY_REQUESTS', message: String })
  const seconds = Number(response.headers['retry-after'])
  t.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 60, 'Retry-After gives the seconds to wait')
  // The others are counted: see test/access-log/floods.test.ts.
  const refused = await eventually(async () => (await logRows(db)).find((row) => row.status === 429))
  t.match(refused, { address: CLIENT, path: '/health/live' })
})

t.test('a client is an IPv4 address or an IPv6 network, and cannot choose another [G18, T8]', async (t) => {
  const direct = await limited(t, { RATE_LIMIT: '1' })
  const forwarded = (address: string) => ({ 'x-forwarded-for': address })
  t.equal(await direct.status('/nowhere', '2001:db8:1:2::1'), 404)
  t.equal(await direct.status('/nowhere', '2001:db8:1:2:ffff::9'), 429)
  t.equal(await direct.status('/nowhere', '2001:db8:1:3::1'), 404)
  t.equal(await direct.status('/nowhere', CLIENT, forwarded('203.0.113.1')), 404)
  t.equal(await direct.status('/nowhere', CLIENT, forwarded('203.0.113.2')), 429, 'this peer is no trusted proxy')

  const proxied = await limited(t, { RATE_LIMIT: '1', TRUST_PROXY: '10.0.0.1' })
  t.equal(await proxied.status('/nowhere', '10.0.0.1', forwarded('203.0.113.1')), 404)
  t.equal(await proxied.status('/nowhere', '10.0.0.1', forwarded('203.0.113.1')), 429)
  t.equal(await proxied.status('/nowhere', '10.0.0.1', forwarded('203.0.113.2')), 404, 'another client of the proxy')

  for (const [address, network] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::1', '0:0:0:0::'],
    ['2001:0DB8::1', '2001:db8:0:0::'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8:0:0::'],
    ['1::', '1:0:0:0::'],
    ['fe80::1%eth0', 'fe80:0:0:0::'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::'],
    ['', '']
  ] as const) {
    t.equal(networkOf(address), network, address)
  }
})

t.test('requests that try a password have a stricter limit, in the API and on the pages [G18]', async (t) => {
  const { app, status } = await limited(t, { LOGIN_RATE_LIMIT: '2' })
  const account = await addUser(app)
  t.equal((await login(app, account, CLIENT)).statusCode, 200)
  t.equal((await login(app, account, CLIENT)).statusCode, 200)
  const refused = await login(app, account, CLIENT)
  t.match(refused, { statusCode: 429, headers: { 'retry-after': /^\d+$/ } })
  t.equal(await status('/login'), 200, 'other requests have not used up their limit')

  const browser = visitor(app)
  const statuses: number[] = []
  for (let n = 0; n < 3; n++) {
    statuses.push((await browser.submit('/login', '/login', { username: 'nobody', password: 'a guess' })).statusCode)
  }
  t.strictSame(statuses, [401, 401, 429])
})

t.test(
  'a client that has less than a tenth of a limit left reads it in RateLimit, and nobody else [G18]',
  async (t) => {
    const { app } = await limited(t, { RATE_LIMIT: '20', CORS_ORIGIN: 'https://app.example.org' })
    const send = async (url: string, remoteAddress = CLIENT) =>
      (await app.inject({ url, remoteAddress, headers: { origin: 'https://app.example.org' } })).headers
    for (let left = 19; left >= 2; left--) {
      const headers = await send(left % 2 ? '/health/live' : '/nowhere')
      t.notOk('ratelimit' in headers || 'ratelimit-policy' in headers, `${left} left`)
    }
    for (const left of [1, 0, 0, 0]) {
      const headers = await send('/health/live')
      t.equal(headers['ratelimit-policy'], '"requests";q=20;w=60')
      t.match(headers.ratelimit, new RegExp(`^"requests";r=${left};t=([1-9]|[1-5]\\d|60)$`))
      t.match(headers['access-control-expose-headers'], /RateLimit, RateLimit-Policy/)
    }
    const refused = await send('/health/live')
    t.equal(String(refused.ratelimit).split('t=')[1], refused['retry-after'])
    t.notOk('ratelimit' in (await send('/health/live', '192.0.2.2')), 'another client')
  }
)

t.test('both limits are named when both are nearly reached [G18]', async (t) => {
  const { app } = await limited(t, { RATE_LIMIT: '4', LOGIN_RATE_LIMIT: '2' })
  const account = await addUser(app)
  const tries: unknown[][] = []
  for (let n = 0; n < 5; n++) {
    const { statusCode, headers } = await login(app, account, CLIENT)
    tries.push([statusCode, headers['ratelimit-policy'], String(headers.ratelimit).replace(/t=\d+/g, 't')])
  }
  const [requests, logins] = ['"requests";q=4;w=60', '"logins";q=2;w=60']
  t.strictSame(tries, [
    [200, undefined, 'undefined'],
    [200, logins, '"logins";r=0;t'],
    [429, logins, '"logins";r=0;t'],
    [429, `${requests}, ${logins}`, '"requests";r=0;t, "logins";r=0;t'],
    [429, requests, '"requests";r=0;t']
  ])
})

t.test('a limit that was reached under a wrong clock ends when the clock is right [L9]', async (t) => {
  const { status } = await limited(t, { RATE_LIMIT: '1' })
  const days = 40 * 86_400_000
  mock.timers.enable({ apis: ['Date'], now: Date.now() + days })
  t.teardown(() => mock.timers.reset())
  t.equal(await status('/nowhere'), 404)
  t.equal(await status('/nowhere'), 429)
  mock.timers.reset()
  t.equal(await status('/nowhere'), 404)
  t.equal(await status('/nowhere'), 429)
})
