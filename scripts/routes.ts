// Prints every route with who may call it; with --write also into routes/policy.txt, which the tests hold it against, so
// that a change of rights shows in review.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'routes-'))
const secret = () => randomBytes(32).toString('hex')
const env = { DATABASE_URL: `file:${folder}/routes.db`, SECRET_KEY: secret(), JWT_SECRET_KEY: secret() }

// An empty SQLite database will do, whichever is configured; the engine is settled when the tables are imported.
process.env.DATABASE_URL = env.DATABASE_URL
const { buildApp } = await import('../src/app.ts')
const { loadConfig } = await import('../src/config.ts')
const { policyTable } = await import('../src/policy-table.ts')

try {
  const app = await buildApp(loadConfig(env))
  const table = policyTable(app.routePolicies())
  await app.close()
  if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, '../routes/policy.txt'), table)
  process.stdout.write(table)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
