// A server that is stopped or killed while it starts and migrates an empty database.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { emptyDatabase, environment } from '../support/app.ts'
import { startServer, toolVariables } from '../support/process.ts'

const SERVER = join(import.meta.dirname, '../../src/server.ts')
const ROUNDS = 5
const LONGEST = 1500 // milliseconds, in which most starts end

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`after ${signal} during a start, the next start completes the database [Q16, Q17, H8]`, async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const env = { ...(await environment(t)), DATABASE_URL: await emptyDatabase(t), LOG_LEVEL: 'silent' }
      const child = spawn(process.execPath, [SERVER], {
        env: { ...toolVariables(), ...env, PORT: '0' },
        stdio: 'ignore'
      })
      const exit = once(child, 'exit')
      await setTimeout((LONGEST * round) / ROUNDS) // the fault is to be early in one round and late in another
      child.kill(signal)
      await exit
      const server = await startServer(t, { ...env, LOG_LEVEL: 'info' })
      t.equal((await fetch(`${server.url}/health/ready`)).status, 200, `stopped in round ${round}`)
      server.child.kill('SIGTERM')
      t.equal(await server.exit, 0)
    }
  })
}
