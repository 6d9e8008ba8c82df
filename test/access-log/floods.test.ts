// A flood of requests does not keep a change out of the access log.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import t from 'tap'
import { eventually, logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'

const CONNECTIONS = 24
const PIPELINED = 700

t.test('a change in a pipelined flood has a row with its user, or is refused and not made [L2]', async (t) => {
  const { app, db, port, user } = await buildListening(t)
  const path = `/api/sample/${(await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id}`
  const flood = await Promise.all(Array.from({ length: CONNECTIONS }, () => connected(port)))
  const caller = await connected(port)
  const accepted = promisify(app.server.getConnections).bind(app.server)
  await eventually(async () => (await accepted()) === CONNECTIONS + 1 || undefined)

  // Written in one turn of the event loop, so that the server reads all of it in one turn, the deletion last.
  for (const socket of flood) socket.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(PIPELINED))
  caller.write(`DELETE ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.access_token}\r\n\r\n`)
  const [response] = await once(caller, 'data')
  const status = Number(/^HTTP\/1.1 (\d+)/.exec(String(response))?.[1])
  for (const socket of [...flood, caller]) socket.destroy()

  const { statusCode } = await eventually(async () => {
    const read = await user.get(path)
    return read.statusCode === 503 ? undefined : read
  })
  t.match([status, statusCode], status === 503 ? [503, 200] : [200, 404], 'what was refused did not happen')
  if (status === 503) t.match(String(response), /^retry-after: 1\r$/m)
  const deletions = (await logRows(db)).filter((row) => row.method === 'DELETE' && row.path === path)
  if (status === 200) t.match(deletions, [{ username: user.username, status: 200 }])
})

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}
