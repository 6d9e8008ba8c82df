// Prints every route with the roles that may call it; with --write, into routes/policy.txt, which the tests hold it
// against, so that a change of rights shows in review.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { policyTable } from '../src/policy-table.ts'

const folder = mkdtempSync(join(tmpdir(), 'routes-'))
try {
  const secret = () => randomBytes(32).toString('hex')
  const app = await buildApp(
    loadConfig({ DATABASE_URL: `file:${folder}/routes.db`, SECRET_KEY: secret(), JWT_SECRET_KEY: secret() })
  )
  const table = policyTable(app.routePolicies())
  await app.close()
  if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, '../routes/policy.txt'), table)
  process.stdout.write(table)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
