// Migrates the database of DATABASE_URL, as the server does when it starts. With --anew (`npm run db:create`), it creates a
// SQLite file even if there was one before that was lost.

import { parseArgs } from 'node:util'
import { loadConfig } from '../src/config.ts'
import { migrate } from '../src/database/migrations.ts'

try {
  const { values } = parseArgs({ options: { anew: { type: 'boolean', default: false } } })
  const applied = await migrate(loadConfig(undefined, { withSecrets: false }), { ...values, warn: console.error })
  console.log(applied > 0 ? `${applied} migration(s) applied.` : 'The database is up to date.')
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
