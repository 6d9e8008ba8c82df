// The server with an empty database of its own, for commands that need its routes.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'

/** Calls `read` with a server that is ready but does not listen, and returns its result. */
export async function readApp<Result>(read: (app: FastifyInstance) => Result): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'routes-'))
  const secret = () => randomBytes(32).toString('hex')
  const env = { DATABASE_URL: `file:${folder}/routes.db`, SECRET_KEY: secret(), JWT_SECRET_KEY: secret() }

  // Always SQLite, whatever is configured. The engine is decided when the tables are imported.
  process.env.DATABASE_URL = env.DATABASE_URL
  const { buildApp } = await import('../src/app.ts')
  const { loadConfig } = await import('../src/config.ts')
  try {
    const app = await buildApp(loadConfig(env))
    const result = read(app)
    await app.close()
    return result
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
