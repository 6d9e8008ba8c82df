// The server chooses the id of every request.

import t from 'tap'
import { logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

t.test(
  'a request id that the client sends is ignored, and the access log has the id of the response [G22]',
  async (t) => {
    const { db, send } = await buildListening(t)
    const ids = new Set<string>()
    for (const sent of ['11111111-1111-4111-8111-111111111111', 'a"}<script>', 'x'.repeat(500), '']) {
      const { headers } = await send('GET', '/nowhere', { headers: { 'x-request-id': sent, 'request-id': sent } })
      const id = String(headers['x-request-id'])
      t.match(id, UUID)
      t.not(id, sent)
      ids.add(id)
    }
    t.equal(ids.size, 4, 'each request has its own id')
    const logged = (await logRows(db)).map((row) => row.request_id)
    for (const id of ids) t.ok(logged.includes(id), 'the access log has it')
  }
)
