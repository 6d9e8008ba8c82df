// Clients that send too slowly. The server waits ten seconds for each; here it waits for all of them at the same time.

import { promisify } from 'node:util'
import t from 'tap'
import { eventually, logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { sendRaw } from '../support/net.ts'

// Started on import, so that the wait passes while the tests of other files run.
const slowClients = sendSlowly()

t.test('a client that is too slow gets 408, loses its connection, and is logged [E3, G11, Q22]', async (t) => {
  const { responses, rows, username } = await slowClients
  for (const [what, response] of Object.entries(responses)) {
    t.match(response, /^HTTP\/1\.1 408 /, what)
    t.match(response, /^x-content-type-options: nosniff\r$/m)
    t.match(response, /^connection: close\r$/m)
  }
  t.strictSame(
    rows.map((row) => [row.username, row.method, row.path, row.status].join(' ')).sort(),
    [`${username} POST /api/sample/ 408`, 'Anonymous - - 408', 'Anonymous - - 408'].sort()
  )
})

async function sendSlowly() {
  const { app, db, port, user } = await buildListening(t)
  const before = (await logRows(db)).length
  const { access_token, username } = user
  const body = [
    'POST /api/sample/ HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${access_token}`,
    'Content-Type: application/json',
    'Content-Length: 100',
    '',
    '{"name":'
  ]
  const [slowBody, slowHeaders, idle] = await Promise.all([
    sendRaw(port, body.join('\r\n')),
    sendRaw(port, 'GET /health/live HTTP/1.1\r\nHost: x\r\nA: '),
    sendRaw(port, '')
  ])
  const responses = { 'a slow body': slowBody, 'slow headers': slowHeaders, 'a connection without a request': idle }
  await eventually(async () => (await promisify(app.server.getConnections).call(app.server)) === 0 || undefined)
  await app.inject('/health/live')
  const rows = (await logRows(db)).slice(before).filter(({ path }) => path !== '/health/live')
  return { responses, rows, username }
}
