// Little memory, and many clients that want much of it.

import t from 'tap'
import { startServer, toolVariables } from '../support/process.ts'
import { login, production } from '../support/production.ts'

const HEAP = 96 // megabytes
const CLIENTS = 300
const ROUNDS = 5

t.test('a server with little memory refuses requests instead of running out of it [Q24]', async (t) => {
  const { env, account } = await production(t)
  const options = `${toolVariables().NODE_OPTIONS ?? ''} --max-old-space-size=${HEAP}`
  const server = await startServer(t, { ...env, NODE_OPTIONS: options, LOGIN_RATE_LIMIT: '100000' })
  const body = `{"username":"x","password":"${'\\u0061'.repeat(16_000)}"}`
  const statuses = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const response = await fetch(`${server.url}/api/auth/`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body
        })
        await response.arrayBuffer()
        statuses.add(response.status)
      })
    )
  }
  t.strictSame(
    [...statuses].filter((status) => ![400, 401, 429, 503].includes(status)),
    []
  )
  t.ok((await login(server.url, account)).access_token)
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0, server.output().slice(-1500))
})
