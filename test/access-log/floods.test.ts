// A flood of requests does not keep a change out of the access log.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { eventually, logRows } from '../support/app.ts'
import { freePort } from '../support/net.ts'
import { toolVariables } from '../support/process.ts'
import { get, login, production } from '../support/production.ts'

const SERVER = join(import.meta.dirname, '../../src/server.ts')
const CONNECTIONS = 24
const PIPELINED = 700
const GET = 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n'

t.test('a change in a pipelined flood has a row with its user, or is refused and not made [L2]', async (t) => {
  const { env, account, db } = await production(t)
  const port = await freePort()
  const child = spawn(process.execPath, [SERVER], {
    env: { ...toolVariables(), ...env, PORT: String(port) },
    stdio: 'ignore' // it reports every request that it refuses
  })
  t.teardown(() => child.kill('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  await eventually(() => fetch(`${url}/health/live`).catch(() => undefined))
  const { refresh_token } = await login(url, account)
  const flood = await Promise.all(Array.from({ length: CONNECTIONS }, () => served(port)))
  const caller = await served(port)

  // Written in one turn of the event loop, so that the server reads it at once, the change last.
  for (const socket of flood) socket.write(GET.repeat(PIPELINED))
  caller.write(`DELETE /api/auth/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${refresh_token}\r\n\r\n`)
  const [response] = await once(caller, 'data')
  const status = Number(/^HTTP\/1.1 (\d+)/.exec(String(response))?.[1])
  for (const socket of [...flood, caller]) socket.destroy()

  const read = await eventually(async () => {
    const { status } = await get(url, '/api/auth/', refresh_token)
    return status === 503 ? undefined : status
  })
  t.strictSame([status, read], status === 503 ? [503, 200] : [200, 401], 'what was refused did not happen')
  if (status === 503) t.match(String(response), /^retry-after: 1\r$/m)
  const changes = (await logRows(db)).filter(({ method }) => method === 'DELETE')
  if (status === 200) t.match(changes, [{ username: account.username, status: 200 }])
})

/** Returns a connection that the server has accepted: it has answered a request. */
async function served(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(GET)
  await once(socket, 'data')
  return socket
}
