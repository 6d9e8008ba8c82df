// Generates the migrations of both engines from the tables: `npm run db:generate -- --name add-rooms`.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const drizzleKit = join(import.meta.dirname, '../node_modules/drizzle-kit/bin.cjs')

for (const DATABASE_URL of ['file:unused.db', 'postgres://unused']) {
  const { status } = spawnSync(process.execPath, [drizzleKit, 'generate', ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { DATABASE_URL }
  })
  if (status !== 0) process.exit(status ?? 1)
}
