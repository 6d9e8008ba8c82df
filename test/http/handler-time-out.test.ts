// A handler that takes too long.

import { Type } from '@sinclair/typebox'
import t from 'tap'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { environment, eventually, logRows } from '../support/app.ts'

t.test('a handler that takes too long gets 503, is logged so, and may end later [I7]', async (t) => {
  const app = createApp(loadConfig(await environment(t, { HANDLER_TIMEOUT: '1' })))
  t.teardown(() => app.close())
  const { promise, resolve } = Promise.withResolvers<string>()
  app.get('/slow', { config: { policy: 'public' }, schema: { response: { 200: Type.String() } } }, () => promise)
  const response = await app.inject('/slow')
  t.equal(response.statusCode, 503)
  t.equal(response.json().code, 'TIMED_OUT')
  resolve('late')
  t.equal((await app.inject('/health/live')).statusCode, 200)
  const row = await eventually(async () => (await logRows(app.db)).find(({ path }) => path === '/slow'))
  t.equal(row.status, 503)
})
