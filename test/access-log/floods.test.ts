// A flood of requests does not keep a change out of the access log.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { buildOn, eventually, logRows } from '../support/app.ts'
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

t.test('what is beyond the limit of a client is counted into one row for each minute [G18]', async (t) => {
  const { env, db } = await production(t)
  const { app } = await buildOn(t, { ...env, RATE_LIMIT: '5' })
  const send = (path: string, remoteAddress: string) => app.inject({ url: path, remoteAddress })
  for (let number = 1; number <= 30; number++) await send(`/nowhere/${number}`, '192.0.2.1')
  for (let number = 1; number <= 9; number++) await send(`/nowhere/${number}`, `2001:db8::${number}`)
  for (let number = 1; number <= 6; number++) await send(`/nowhere/${number}`, '192.0.2.2')
  await app.close() // which ends the minute
  const rows = (await logRows(db)).map(({ address, path, status, more }) => [address, path, status, more])
  const served = (address: (number: number) => string) =>
    [1, 2, 3, 4, 5].map((number) => [address(number), `/nowhere/${number}`, 404, null])
  t.strictSame(rows.slice(0, -2), [
    ...served(() => '192.0.2.1'),
    ['192.0.2.1', '/nowhere/6', 429, null],
    ...served((number) => `2001:db8::${number}`),
    ['2001:db8::6', '/nowhere/6', 429, null],
    ...served(() => '192.0.2.2'),
    ['192.0.2.2', '/nowhere/6', 429, null]
  ])
  t.strictSame(rows.slice(-2), [
    ['192.0.2.1', '/nowhere/30', 429, 23],
    ['2001:db8::9', '/nowhere/9', 429, 2]
  ])
})
