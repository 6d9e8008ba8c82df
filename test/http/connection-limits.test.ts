// Clients that keep connections open.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { eventually, logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { freePort, listen, parseResponse, sendRaw } from '../support/net.ts'
import { toolVariables } from '../support/process.ts'
import { production } from '../support/production.ts'
import { buildWithRoute } from './extra-routes.ts'

const GET = 'GET /nowhere HTTP/1.1\r\nHost: x\r\n'
const LIVE = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

t.test('at the limit of connections, idle ones make room, and others get a 503 that says so [L15]', async (t) => {
  const { app, db, port, log } = await buildListening(t, { MAX_CONNECTIONS: '10' })
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => sockets.add(socket))
  const idle = await Promise.all(Array.from({ length: 10 }, () => opened(port, `${GET}\r\n`)))
  await Promise.all(idle.map((socket) => once(socket, 'data')))
  t.match(await sendRaw(port, `${GET}Connection: close\r\n\r\n`), /^HTTP\/1.1 404/)
  await Promise.all(idle.map((socket) => socket.closed || once(socket, 'close')))

  const busy = await Promise.all(Array.from({ length: 10 }, () => opened(port, GET)))
  const isBusy = ({ destroyed, bytesRead }: Socket) => !destroyed && bytesRead > 0
  await eventually(async () => [...sockets].filter(isBusy).length === 10 || undefined)
  const refused = parseResponse(await sendRaw(port, `${GET}\r\n`))
  t.match(refused, { status: 503, headers: { connection: 'close', 'retry-after': '1' }, body: /"code":"OVERLOADED"/ })
  t.match(await sendRaw(port, LIVE), /^HTTP\/1.1 200/, 'health checks are answered')
  t.match((await logRows(db)).filter(({ path }) => path === '/nowhere').at(-1), { status: 503 })
  t.match(log(), /"event":"overload","reason":"connections"/)
  for (const socket of busy) socket.destroy()
  await eventually(
    async () => /^HTTP\/1.1 404/.test(await sendRaw(port, `${GET}Connection: close\r\n\r\n`)) || undefined
  )
})

t.test('a client that does not read its response loses its connection [L15]', async (t) => {
  const { app } = await buildWithRoute(t, async () => 'x'.repeat(50_000_000), { HANDLER_TIMEOUT: '1' })
  const port = await listen(app)
  const accepted = once(app.server, 'connection')
  const client = (await opened(port, 'GET /extra HTTP/1.1\r\nHost: x\r\n\r\n')).pause()
  const [server] = (await accepted) as [Socket]
  await once(server, 'close')
  t.ok(server.bytesWritten > 0, 'the response was on its way')
  client.destroy()
})

t.test('when file descriptors are few, dropped connections are reported and service goes on [L15, Q25]', async (t) => {
  const { env } = await production(t)
  const port = await freePort()
  const command = `ulimit -n 80; exec "${process.execPath}" "${join(import.meta.dirname, '../../src/server.ts')}"`
  const child = spawn('bash', ['-c', command], { env: { ...toolVariables(), ...env, PORT: String(port) } })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (/Server listening/.test(output)) resolve()
    })
  })
  const sockets = Array.from({ length: 200 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await eventually(() => /"event":"overload over","refused":\{"connections":\d+/.test(output) || undefined)
  t.match(output, /"msg":"file descriptors allow fewer connections than MAX_CONNECTIONS"/)
  for (const socket of sockets) socket.destroy()
  const response = await eventually(() => fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))
  t.equal(response.status, 200)
})

async function opened(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}
