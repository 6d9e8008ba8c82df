// What the server does with more requests than it can process.

import { connect } from 'node:net'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { eventually, logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { rowsAfter } from '../support/log-rows.ts'
import { listen, sendRaw } from '../support/net.ts'
import { buildWithRoute } from './extra-routes.ts'

const MAX_UNDER_WAY = 400
const MAX_PIPELINED = 32

t.test('when too many requests are under way, others get 503 before any work [I5, G12, E1]', async (t) => {
  const { promise, resolve } = Promise.withResolvers<string>()
  let handled = 0
  const { app, log } = await buildWithRoute(t, () => {
    handled++
    return promise
  })
  const held: Promise<LightMyRequestResponse>[] = []
  while (held.length < MAX_UNDER_WAY) {
    for (let count = 0; count < 20; count++) held.push(app.inject('/extra').then((response) => response))
    await eventually(() => handled === held.length || undefined)
  }
  const refused = await Promise.all(Array.from({ length: 20 }, () => app.inject('/extra')))
  for (const response of refused) {
    t.equal(response.statusCode, 503)
    t.equal(response.headers['retry-after'], '1')
    t.match(response.json(), { code: 'OVERLOADED' })
  }
  for (const url of ['/health/live', '/health/ready']) t.equal((await app.inject(url)).statusCode, 200, url)
  t.equal(handled, MAX_UNDER_WAY)
  resolve('done')
  for (const response of await Promise.all(held)) t.equal(response.statusCode, 200)
  t.equal((await app.inject('/extra')).statusCode, 200, 'afterwards requests are accepted again')

  const rows = await rowsAfter(app.db, 0, MAX_UNDER_WAY + refused.length + 3)
  t.equal(rows.filter(({ status }) => status === 503).length, refused.length, 'what was refused is logged')
  await eventually(() => /"event":"overload over"/.test(log()) || undefined)
  t.equal(log().match(/"event":"overload"/g)?.length, 1, 'one line when it begins')
  t.match(log(), /"refused":\{"requests":20\}/, 'and one with the number when it is over')
})

t.test('a moment in which the whole process stands still refuses no request [I5, G12]', async (t) => {
  const pause = Promise.withResolvers<void>()
  const { app } = await buildWithRoute(t, async () => {
    setImmediate(pause.resolve)
    return 'done'
  })
  const requests = Array.from({ length: 200 }, () => app.inject('/extra'))
  await pause.promise
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000) // as while the disk is busy
  const statuses = (await Promise.all(requests)).map(({ statusCode }) => statusCode)
  t.strictSame(statuses, Array(200).fill(200))
})

t.test('new clients and health checks are served while others send more than can be processed [I5, G12]', async (t) => {
  const { app } = await buildWithRoute(t, async () => 'done', { RATE_LIMIT: '100000' })
  const port = await listen(app)
  let busy = true
  const loads = Array.from({ length: 200 }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    const send = () => busy && socket.write('GET /extra HTTP/1.1\r\nHost: x\r\n\r\n')
    return socket.on('connect', send).on('data', send)
  })
  const rest = 'HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
  for (let count = 0; count < 20; count++) {
    t.match(await sendRaw(port, `GET /health/live ${rest}`), /^HTTP\/1.1 200/)
    t.match(await sendRaw(port, `GET /extra ${rest}`), /^HTTP\/1.1 (200|503)/)
  }
  busy = false
  for (const socket of loads) socket.destroy()
})

t.test('a connection with too many pipelined requests is closed, and all of them are logged [L2, E1]', async (t) => {
  const { db, port } = await buildListening(t)
  const before = (await logRows(db)).length
  const text = await sendRaw(port, 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100))
  const statuses = [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)
  t.strictSame(statuses, [...Array(MAX_PIPELINED).fill('404'), '503'])
  t.match(text.slice(text.lastIndexOf('HTTP/1.1')), /^connection: close\r$/im)
  const rows = await rowsAfter(db, before, 100)
  t.equal(rows.length, 100)
  t.equal(rows.filter(({ status }) => status === 503).length, 100 - MAX_PIPELINED)
})

t.test('clients that send their bodies slowly do not use up the requests under way [G12]', async (t) => {
  const { app, port, user } = await buildListening(t)
  const slow = Array.from({ length: MAX_UNDER_WAY }, () => connect(port, '127.0.0.1').on('error', () => {}))
  const head = `POST /api/sample/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.access_token}\r\n`
  for (const socket of slow) socket.write(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)
  await eventually(() => app.requestsUnderWay() >= MAX_UNDER_WAY || undefined)
  const isServed = await eventually(async () => (await user.get('/api/sample/')).statusCode === 200 || undefined)
  for (const socket of slow) socket.destroy()
  t.ok(isServed, 'another client was served')
})
