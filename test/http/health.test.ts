// The two health routes, with the database and without it.

import t from 'tap'
import { build, eventually, takeAwayDatabase } from '../support/app.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

t.test('only /health/ready needs the database, and neither route reveals details [I6]', async (t) => {
  const { app, db, env } = await build(t)
  for (const url of ['/health/live', '/health/ready']) {
    const { statusCode, payload } = await app.inject(url)
    t.equal(statusCode, 200)
    t.equal(payload, '{"status":"ok"}', url)
  }
  await takeAwayDatabase(db, env)
  const ready = await eventually(async () => {
    const response = await app.inject('/health/ready') // a result holds for a second
    return response.statusCode === 503 ? response : undefined
  })
  const { requestId, ...body } = ready.json()
  t.match(requestId, UUID)
  t.strictSame(body, {
    statusCode: 503,
    error: 'Service Unavailable',
    message: 'The server cannot do this now. Try again',
    code: 'UNAVAILABLE'
  })
  const live = await app.inject('/health/live')
  t.equal(live.statusCode, 200)
  t.equal(live.payload, '{"status":"ok"}')
})
