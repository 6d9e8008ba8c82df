// A PostgreSQL that does not answer any more, although its connections stay open.

import t from 'tap'
import { buildOn, engine, environment, eventually } from '../support/app.ts'
import { startProxy } from '../support/proxy.ts'

if (engine === 'postgres') {
  t.test(
    'a frozen database gives 503 within the time-out, and the connections recover [Q8, Q9, T10, Q10]',
    async (t) => {
      const env = await environment(t)
      const proxy = await startProxy(t, new URL(env.DATABASE_URL ?? ''))
      const { app, signIn } = await buildOn(t, { ...env, DATABASE_URL: proxy.url })
      const caller = await signIn('user')
      proxy.freeze()
      const responses = await Promise.all(Array.from({ length: 20 }, () => caller.get('/api/sample/')))
      for (const response of responses) {
        t.equal(response.statusCode, 503)
        t.equal(response.headers['retry-after'], '1')
      }
      t.equal((await app.inject('/health/ready')).statusCode, 503)
      t.equal((await app.inject('/health/live')).statusCode, 200)
      proxy.thaw()
      await eventually(async () => (await app.inject('/health/ready')).statusCode === 200 || undefined)
      t.equal((await caller.get('/api/sample/')).statusCode, 200)
    }
  )
}
