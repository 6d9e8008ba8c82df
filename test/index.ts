// Runs every suite on every engine: on SQLite, and on a PostgreSQL that is started here and gone afterwards.
// `npm run tap -- --test-arg=auth` runs only the suites whose name contains "auth".

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { databases, startPostgres } from './support/postgres.ts'

/** These say little of a database and run once, on SQLite; the first brings up both engines by itself. */
const ONCE = [
  'same-answers',
  'command-line',
  'config',
  'input',
  'project',
  'browser',
  'admin-removed',
  'openapi',
  'generator',
  'hand-written',
  'reference'
]

const wanted = process.argv[2] ?? ''
/** These take longest, and are started first, so that no core is idle while the last of them ends. */
const LONGEST = ['fuzz', 'browser', 'project', 'admin-users', 'auth', 'access-log', 'generator', 'resources']

const suites = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => file.replace('.test.ts', ''))
  .filter((name) => name.includes(wanted))
  .sort((a, b) => rank(a) - rank(b))

if (suites.length === 0) throw new Error(`no suite has ${wanted} in its name`)

const { server: postgres, url } = await startPostgres()

// Most tests want a database with its tables; copying one is quicker than migrating each.
const TEMPLATE = 'rest_server_template'
await postgres.createDatabase(TEMPLATE)
execFileSync(process.execPath, [join(import.meta.dirname, '../scripts/migrate.ts')], {
  env: { ...process.env, DATABASE_URL: url(TEMPLATE) }
})

const engines = {
  sqlite: 'file:unused.db',
  postgres: url('postgres')
}

// More than there are cores on a small machine: much of a suite is waiting, for PostgreSQL or for a child.
t.jobs = 3
t.teardown(() => postgres.stop())

// Every suite starts processes that load the same modules; compiling them once saves half of each start.
const compileCache = mkdtempSync(join(tmpdir(), 'rest-server-compile-cache-'))
t.teardown(() => rmSync(compileCache, { recursive: true, force: true }))
const quickImports = pathToFileURL(join(import.meta.dirname, 'support/quick-imports.ts')).href
const shared = {
  TEST_POSTGRES_URL: engines.postgres,
  TEST_POSTGRES_TEMPLATE: TEMPLATE,
  TEST_DATABASE_FOLDER: databases,
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

function rank(suite: string): number {
  const place = LONGEST.indexOf(suite)
  return place === -1 ? LONGEST.length : place
}
