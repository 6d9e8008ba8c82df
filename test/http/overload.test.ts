// What the server does with more requests than it can process.

import { connect } from 'node:net'
import t from 'tap'
import { build, eventually, logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { lockAccessLog } from '../support/locked-log.ts'
import { rowsAfter } from '../support/log-rows.ts'

const MAX_UNDER_WAY = 400
const MAX_PIPELINED = 32

t.test('too many requests under way get 503 before any work, and health checks do not [I5, G12, E1]', async (t) => {
  const { app, db, env, log, signIn } = await build(t)
  const user = await signIn('user')
  const before = (await logRows(db)).length
  const unlock = await lockAccessLog(env)
  const accepted = Array.from({ length: MAX_UNDER_WAY }, () => app.inject('/nowhere'))
  await eventually(() => app.requestsUnderWay() === MAX_UNDER_WAY || app.requestsUnderWay() === 0 || undefined)
  const refused = await Promise.all(Array.from({ length: 20 }, () => user.post('/api/sample/', { name: 'Weight' })))
  const live = await app.inject('/health/live')
  await unlock()

  for (const response of refused) {
    t.equal(response.statusCode, 503)
    t.equal(response.headers['retry-after'], '1')
    t.match(response.json(), { code: 'OVERLOADED' })
  }
  t.equal(live.statusCode, 200)
  for (const response of await Promise.all(accepted)) t.equal(response.statusCode, 404)
  const rows = await rowsAfter(db, before, MAX_UNDER_WAY + refused.length + 1)
  t.equal(rows.filter(({ method, status }) => method === 'POST' && status === 503).length, refused.length)
  t.equal((await user.get('/api/sample/')).json().samples.length, 0, 'what was refused did not happen')

  await eventually(() => /"event":"overload over"/.test(log()) || undefined)
  t.equal(log().match(/"event":"overload"/g)?.length, 1, 'one line when it begins')
  t.match(log(), /"refused":\{"requests":20\}/, 'and one with the number when it is over')
})

t.test('a connection with too many pipelined requests is closed, and all of them are logged [L2, E1]', async (t) => {
  const { db, port } = await buildListening(t)
  const before = (await logRows(db)).length
  const socket = connect(port, '127.0.0.1')
  let text = ''
  for await (const chunk of socket.on('error', () => {}).end('GET /x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100)))
    text += chunk
  const statuses = [...text.matchAll(/^HTTP\/1.1 (\d+)/gm)].map(([, status]) => status)
  t.strictSame(statuses, [...Array(MAX_PIPELINED).fill('404'), '503'])
  t.match(text.slice(text.lastIndexOf('HTTP/1.1')), /^connection: close\r$/im)
  const rows = await rowsAfter(db, before, 100)
  t.equal(rows.length, 100)
  t.equal(rows.filter(({ status }) => status === 503).length, 100 - MAX_PIPELINED)
})

t.test('clients that send their bodies slowly do not use up the requests under way [G12]', async (t) => {
  const { app, port, user } = await buildListening(t)
  const slow = Array.from({ length: MAX_UNDER_WAY }, () => connect(port, '127.0.0.1'))
  const head = `POST /api/sample/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.access_token}\r\n`
  for (const socket of slow) socket.write(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)
  await eventually(() => app.requestsUnderWay() >= MAX_UNDER_WAY || undefined)
  await eventually(async () => (await user.get('/api/sample/')).statusCode === 200 || undefined)
  for (const socket of slow) socket.destroy()
  t.pass('another client was served')
})
