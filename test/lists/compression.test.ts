// Long lists are compressed for clients that ask for it, and nothing else is.

import { gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { build, execute, logRows } from '../support/app.ts'

const GZIP = { 'accept-encoding': 'gzip, deflate, br' }

/** Returns a server with a list of 300 samples, whose names are long. */
async function withLongList(t: Test) {
  const server = await build(t)
  const user = await server.signIn('user')
  for (let index = 0; index < 300; index++)
    await user.post('/api/sample/', { name: `Sample ${index} ${'x'.repeat(30)}` })
  return { ...server, user }
}

t.test('a long list is compressed if the client accepts gzip, and has the same content', async (t) => {
  const { db, user } = await withLongList(t)
  const plain = await user.get('/api/sample/?limit=300')
  t.equal(plain.headers['content-encoding'], undefined)
  const compressed = await user.get('/api/sample/?limit=300', GZIP)
  t.match(compressed, {
    statusCode: 200,
    headers: { 'content-encoding': 'gzip', vary: /accept-encoding/i, 'content-type': /^application\/json/ }
  })
  t.equal(gunzipSync(compressed.rawPayload).toString(), plain.payload)
  t.ok(compressed.rawPayload.length < plain.rawPayload.length / 3)
  t.match((await logRows(db)).at(-1), { path: '/api/sample/', status: 200, username: user.username })

  for (const other of ['identity', 'br', 'gzip;q=0', '', '*;q=0']) {
    const response = await user.get('/api/sample/?limit=300', { 'accept-encoding': other })
    t.match(response, { statusCode: 200, payload: plain.payload }, other)
    t.equal(response.headers['content-encoding'], undefined, other)
  }
})

t.test('so are the lines of a whole list', async (t) => {
  const { user } = await withLongList(t)
  const plain = await user.get('/api/sample/?format=ndjson')
  const compressed = await user.get('/api/sample/?format=ndjson', GZIP)
  t.match(compressed.headers, { 'content-encoding': 'gzip', 'content-type': /^application\/x-ndjson/ })
  t.equal(gunzipSync(compressed.rawPayload).toString(), plain.payload)
  t.equal(plain.payload.split('\n').length, 301)
})

t.test('short lists, records, tokens and pages are not', async (t) => {
  const { app, user } = await withLongList(t)
  const long = (await user.post('/api/sample/', { name: 'y'.repeat(40) })).json<{ id: number }>()
  const { username, password } = user
  const payload = { username, password }
  const responses = [
    await user.get('/api/sample/?limit=1', GZIP),
    await user.get(`/api/sample/${long.id}`, GZIP),
    await app.inject({ url: '/login', headers: GZIP }),
    await app.inject({ method: 'POST', url: '/api/auth/', payload, headers: GZIP })
  ]
  for (const { statusCode, headers } of responses) {
    t.equal(statusCode, 200)
    t.equal(headers['content-encoding'], undefined)
  }
})

t.test('a response without its row is replaced as a whole, compressed or not [L2]', async (t) => {
  const { db, user } = await withLongList(t)
  await execute(db, 'alter table access_log rename to access_log_away')
  const response = await user.get('/api/sample/?limit=300', GZIP)
  t.match(response, { statusCode: 503, headers: { 'content-encoding': undefined } })
  t.match(response.json(), { code: 'UNAVAILABLE' })
})

t.test('HEAD of a long list has no body, and no length that a GET would not have', async (t) => {
  const { user } = await withLongList(t)
  const head = (headers?: Record<string, string>) => user.call('HEAD', '/api/sample/?limit=300', undefined, headers)
  const get = await user.get('/api/sample/?limit=300')
  t.match(await head(), { statusCode: 200, payload: '', headers: { 'content-length': get.headers['content-length'] } })
  t.match(await head(GZIP), { statusCode: 200, payload: '', headers: { 'content-length': undefined } })
})
