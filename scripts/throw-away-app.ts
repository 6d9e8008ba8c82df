// The server on an empty database that goes with the command: to ask it about its routes.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'

/** Gives what `ask` gives of a server that is ready, and not listening. */
export async function askApp<Answer>(ask: (app: FastifyInstance) => Answer): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), 'routes-'))
  const secret = () => randomBytes(32).toString('hex')
  const env = { DATABASE_URL: `file:${folder}/routes.db`, SECRET_KEY: secret(), JWT_SECRET_KEY: secret() }

  // SQLite will do, whichever engine is configured; it is settled when the tables are imported.
  process.env.DATABASE_URL = env.DATABASE_URL
  const { buildApp } = await import('../src/app.ts')
  const { loadConfig } = await import('../src/config.ts')
  try {
    const app = await buildApp(loadConfig(env))
    const answer = ask(app)
    await app.close()
    return answer
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
