// Nobody reads the process log any more.

import t from 'tap'
import { startServer } from '../support/process.ts'
import { login, production, rotate, type Tokens } from '../support/production.ts'

t.test('when the reader of standard output goes away, the server goes on and stops cleanly [Q28]', async (t) => {
  const { env, account } = await production(t)
  const server = await startServer(t, { ...env, LOG_LEVEL: 'trace' })
  let tokens = await login(server.url, account)
  server.child.stdout?.destroy()
  server.child.stderr?.destroy()
  for (let count = 0; count < 20; count++) {
    const next = await rotate(server.url, tokens)
    t.ok(next, 'a rotation')
    tokens = next as Tokens
  }
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)
})
