// Migrates the database of DATABASE_URL, as the server does when it starts.

import { loadConfig } from '../src/config.ts'
import { migrate } from '../src/database/migrations.ts'

try {
  const applied = await migrate(loadConfig(undefined, { withSecrets: false }))
  console.log(applied > 0 ? `${applied} migration(s) applied.` : 'The database is up to date.')
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
