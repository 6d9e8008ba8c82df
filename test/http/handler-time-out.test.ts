// A handler that takes too long.

import t from 'tap'
import { eventually, logRows } from '../support/app.ts'
import { buildWithRoute } from './extra-routes.ts'

t.test('a handler that takes too long gets 503, is logged so, and may end later [I7]', async (t) => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const { app, log } = await buildWithRoute(t, () => promise, { HANDLER_TIMEOUT: '1' })
  const response = await app.inject('/extra')
  t.equal(response.statusCode, 503)
  t.equal(response.json().code, 'TIMED_OUT')
  t.match(log(), /"level":50.*This took too long/, 'the process log has a line')
  resolve('late')
  t.equal((await app.inject('/health/live')).statusCode, 200)
  const row = await eventually(async () => (await logRows(app.db)).find(({ path }) => path === '/extra'))
  t.equal(row.status, 503)
})
