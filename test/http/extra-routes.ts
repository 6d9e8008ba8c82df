// The production server with a route of a test, which does what no resource does.

import { Writable } from 'node:stream'
import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import type { Test } from 'tap'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { environment } from '../support/app.ts'

/** Returns the server with a route GET /extra that everybody may call, not listening, and what its process log holds. */
export async function buildWithRoute(
  t: Test,
  handler: RouteHandlerMethod,
  overrides: Record<string, string> = {}
): Promise<{ app: FastifyInstance; log: () => string }> {
  let text = ''
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    }
  })
  const config = loadConfig(await environment(t, overrides))
  const app = createApp(config, { loggerInstance: createLogger('info', destination) })
  t.teardown(() => app.close())
  app.get('/extra', { config: { policy: 'public' }, schema: { response: { 200: {} } } }, handler)
  await app.ready()
  return { app, log: () => text }
}
