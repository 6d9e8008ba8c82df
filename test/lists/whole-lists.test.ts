// A whole list as lines of JSON, which the server reads slice after slice.

import { once } from 'node:events'
import { get } from 'node:http'
import t, { type Test } from 'tap'
import { build, eventually, logRows } from '../support/app.ts'
import { listen } from '../support/net.ts'
import { part } from '../support/part/table.ts'

const PART = { label: 'Scale', seen_at: '2024-02-29T09:30:00Z', amount: 72.5, count: 3, done: true }

async function start(t: Test, records: number) {
  const server = await build(t)
  const user = await server.signIn('user')
  for (const name of ['Weight', 'Height']) await user.post('/api/sample/', { name })
  const body = (index: number) => ({ ...PART, count: index, sample_id: 1 + (index % 2) })
  for (let start = 0; start < records; start += 1000) {
    const length = Math.min(1000, records - start)
    await user.post(
      '/api/part/batch',
      Array.from({ length }, (_, index) => body(start + index))
    )
  }
  return { ...server, user }
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

t.test('every record of a list is on a line of its own, in the order of the list', async (t) => {
  const { user } = await start(t, 450)
  const whole = await user.get('/api/part/?format=ndjson')
  t.match(whole, { statusCode: 200, headers: { 'content-type': 'application/x-ndjson' } })
  const { parts } = (await user.get('/api/part/?limit=1000')).json<{ parts: { id: number }[] }>()
  t.strictSame(linesOf(whole.payload), parts)

  const ids = async (query: string) => linesOf((await user.get(`/api/part/?${query}`)).payload).map(({ id }) => id)
  const all = parts.map(({ id }) => id)
  t.strictSame(await ids('format=ndjson&sort=-id&limit=3&count=true'), [...all].reverse())
  t.strictSame(await ids('format=ndjson&after=440'), all.slice(440))
  t.strictSame((await ids('format=ndjson&sample_id=2')).length, 225)
  t.strictSame(await ids('format=ndjson&after=450'), [])
  t.equal((await user.call('HEAD', '/api/part/?format=ndjson')).payload, '')
  t.strictSame((await user.get('/api/part/?format=json&limit=1000')).json(), { parts, next: null })
})

t.test('what is wrong with the request gets the error of a list', async (t) => {
  const { user, app, signIn } = await start(t, 1)
  for (const query of ['format=ndjson&sample_id=x', 'format=xml', 'format=ndjson&after=Wy', 'format=ndjson&x=1']) {
    const response = await user.get(`/api/part/?${query}`)
    t.match(response, { statusCode: 400, headers: { 'content-type': /^application\/json/ } }, query)
    t.match(response.json(), { code: 'INVALID_INPUT', details: [{}] })
  }
  const auditor = await signIn('auditor')
  t.equal((await auditor.get('/api/part/?format=ndjson')).statusCode, 403)
  t.equal((await app.inject('/api/part/?format=ndjson')).statusCode, 401)
})

t.test('each slice is in the access log with its subjects before its records leave', async (t) => {
  const { user, db } = await start(t, 250)
  await user.get('/api/part/?format=ndjson&sort=id')
  const rows = (await logRows(db)).filter(({ path, method }) => path === '/api/part/' && method === 'GET')
  t.strictSame(
    rows.map(({ status, subjects, username }) => [status, subjects?.trim().split(' ').sort().join(' '), username]),
    [
      [200, 'sample:1 sample:2', user.username],
      [200, undefined, user.username],
      [200, 'sample:1 sample:2', user.username]
    ]
  )
})

t.test('a token that is revoked while the lines are read ends them, and the client notices', async (t) => {
  const { app, db, user } = await start(t, 0)
  const record = { ...PART, sample_id: 1, note: 'x'.repeat(10_000) }
  // More than all buffers between the server and the client hold.
  for (let slice = 0; slice < 40; slice++) await db.insert(part).values(Array(100).fill(record))
  const port = await listen(app)
  const request = get(`http://127.0.0.1:${port}/api/part/?format=ndjson`, {
    headers: { authorization: `Bearer ${user.access_token}` }
  })
  const [response] = await once(request, 'response')
  await once(response, 'data')
  response.pause()
  t.equal(
    (await user.call('DELETE', '/api/auth/', undefined, { authorization: `Bearer ${user.refresh_token}` })).statusCode,
    200
  )
  let text = ''
  response.on('data', (chunk: Buffer) => {
    text += chunk
  })
  response.resume()
  const [error] = await once(response, 'error')
  t.match(error, { code: 'ECONNRESET' }, 'the body ends without its end')
  t.ok(text.split('\n').length < 4000)
  t.equal(await eventually(async () => ((await user.get('/api/part/')).statusCode === 401 ? 401 : undefined)), 401)
})
