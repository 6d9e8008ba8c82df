// The server answers only to its own host names, so that no other site can make its name lead to it.

import { request } from 'node:http'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { build, logRows } from '../support/app.ts'
import { listen } from '../support/net.ts'

const LOOPBACK = ['localhost', 'localhost:5000', 'LOCALHOST:5000', '127.0.0.1', '127.0.0.1:5000', '[::1]', '[::1]:5000']
const OTHERS = [
  ...['evil.example', 'evil.example:5000', 'localhost.evil.example', 'evil.example:localhost', 'localhost:5000:80'],
  ...['127.0.0.1.nip.io', '127.0.0.2', '0.0.0.0', '::1', 'localhost.', 'a@localhost', 'localhost/', '[::1']
]

t.test('the demo answers to loopback names only, and logs the other requests [L16]', async (t) => {
  const { app, db, signIn } = await build(t, { DEMO: 'true' })
  const caller = await signIn('user')
  await listen(app)
  for (const host of LOOPBACK) t.equal(await status(app, host), 200, host)
  for (const host of OTHERS) t.equal(await status(app, host), 421, host)
  t.equal(await status(app, 'evil.example', { 'x-forwarded-host': 'localhost' }), 421)

  const authorization = `Bearer ${caller.access_token}`
  for (const [method, url] of [
    ['POST', '/api/sample/'],
    ['GET', '/'],
    ['GET', '/static/style.css'],
    ['GET', '/docs'],
    ['GET', '/nowhere']
  ] as const) {
    const headers = { host: 'evil.example', authorization }
    const response = await app.inject({ method, url, headers, ...(method === 'POST' && { payload: { name: 'x' } }) })
    t.equal(response.statusCode, 421, url)
    t.match((await logRows(db)).at(-1), { method, path: url, status: 421 })
  }
  t.strictSame((await caller.get('/api/sample/')).json<{ samples: object[] }>().samples, [], 'nothing was added')
})

t.test('ALLOWED_HOSTS names the hosts; without it, any name is answered', async (t) => {
  const { app } = await build(t, { ALLOWED_HOSTS: 'app.example.org, [2001:db8::1]' })
  await listen(app)
  for (const host of ['app.example.org', 'App.Example.org:8443', '[2001:db8::1]:80', 'localhost']) {
    t.equal(await status(app, host), 200, host)
  }
  for (const host of ['evil.example', 'x.app.example.org']) t.equal(await status(app, host), 421, host)
  const open = await build(t)
  await listen(open.app)
  t.equal(await status(open.app, 'evil.example'), 200)
})

t.test('the demo has a database file of its own [L16]', async (t) => {
  t.equal(loadConfig({ DEMO: 'true' }).databaseUrl, 'file:./data/demo.db')
  t.equal(loadConfig({ DEMO: 'true', DATABASE_URL: 'file:./own.db' }).databaseUrl, 'file:./own.db')
})

/** Returns the status of a request with this Host header. */
async function status(app: FastifyInstance, host: string, headers: Record<string, string> = {}): Promise<number> {
  const { port } = app.server.address() as { port: number }
  return await new Promise((resolve, reject) => {
    const sent = request(
      { port, host: '127.0.0.1', path: '/health/live', headers: { ...headers, host } },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      }
    )
    sent.on('error', reject).end()
  })
}
