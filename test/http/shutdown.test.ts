// How a server process stops on a signal.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { logRows } from '../support/app.ts'
import { freePort } from '../support/net.ts'
import { startServer, toolVariables } from '../support/process.ts'
import { get, login, production } from '../support/production.ts'

const SERVER = join(import.meta.dirname, '../../src/server.ts')

t.test(
  'on SIGTERM the server finishes running requests, closes idle connections and exits with 0 [I1, I2, Q15]',
  async (t) => {
    const { env, account, db } = await production(t)
    const server = await startServer(t, env)
    const tokens = await login(server.url, account)
    const idle = connect(server.port, '127.0.0.1')
    idle.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(idle, 'data')
    const bare = connect(server.port, '127.0.0.1')
    await once(bare, 'connect')

    const body = JSON.stringify({ old_password: account.password, new_password: 'seven quiet lakes' })
    const running = connect(server.port, '127.0.0.1')
    running.write(
      `PUT /api/auth/password HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.access_token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`
    )
    await once(running, 'data') // 100 Continue: the server has the headers and waits for the body
    const idleClosed = Promise.all([once(idle, 'close'), once(bare, 'close')])
    server.child.kill('SIGTERM')
    await idleClosed
    let response = ''
    running.on('data', (chunk) => {
      response += chunk
    })
    const closed = once(running, 'close')
    running.write(body)
    await closed
    t.match(response, /^HTTP\/1.1 200/)
    t.match(response, /connection: close/i)
    t.equal(await server.exit, 0)
    t.match(
      (await logRows(db)).filter((row) => row.path === '/api/auth/password'),
      [{ method: 'PUT', status: 200 }]
    )
  }
)

t.test('requests that are cut at the end of the grace, or by a second signal, are logged [I3]', async (t) => {
  for (const signals of [2, 1]) {
    const { env, account, db } = await production(t)
    const server = await startServer(t, env)
    const { access_token, refresh_token } = await login(server.url, account)
    const running = connect(server.port, '127.0.0.1')
    running.on('error', () => {})
    running.write(
      `PUT /api/auth/password HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${access_token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n'
    )
    await once(running, 'data') // 100 Continue: the server has the headers and waits for the body
    await get(server.url, '/api/auth/', refresh_token) // a later request has its response: the token above was checked
    const idle = connect(server.port, '127.0.0.1')
    await once(idle, 'connect')
    server.child.kill('SIGTERM')
    await once(idle, 'close') // the server is stopping
    if (signals === 2) server.child.kill('SIGTERM')
    t.equal(await server.exit, 1, 'the exit code says so')
    const rows = (await logRows(db)).filter(({ method }) => method === 'PUT')
    t.match(rows, [{ path: '/api/auth/password', username: account.username, status: 499 }], `signals: ${signals}`)
    t.match(server.output(), /"requests":1,"msg":"requests were cut/)
  }
})

t.test('a full disk under the process log stops neither the responses nor the shutdown [T17, Q4]', async (t) => {
  const { env } = await production(t)
  const port = await freePort()
  const child = spawn(process.execPath, [SERVER], {
    env: { ...toolVariables(), ...env, PORT: String(port), LOG_LEVEL: 'trace' },
    stdio: ['ignore', openSync('/dev/full', 'w'), 'ignore']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  await responding(url, child)
  for (let attempt = 0; attempt < 3; attempt++) {
    t.match(await login(url, { username: 'nobody', password: 'a guess' }), { msg: 'Bad username or password' })
  }
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

/** Waits until a server that prints nothing responds. Throws if its process exits first. */
async function responding(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    if (await fetch(`${url}/health/live`).catch(() => undefined)) return
    await setTimeout(10)
  }
  throw new Error(`the server exited with ${child.exitCode ?? child.signalCode}`)
}
