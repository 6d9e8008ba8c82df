// Runs the tests on SQLite and on a PostgreSQL that it starts: all of them, or those whose path contains an argument.
// `npm run tap -- --test-arg=auth/` runs the area auth; `--test-arg=auth/rotation.test.ts@postgres` runs a file on one engine.
//
// An area is a folder of test/. It gets a process for each engine, which runs its files one after another, so that small files
// cost no start-up. When all areas have theirs, an idle core takes files over from the area that has most left.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { databases, startPostgres } from './runner/postgres.ts'
import { createReport } from './runner/report.ts'
import { type Area, areaNames, findAreas } from './runner/suites.ts'
import { runSuites } from './runner/test-process.ts'

const parts = process.argv.slice(2).map((argument) => argument.replace(/^--test-arg=/, ''))
const areas = findAreas(parts)
const count = areas.reduce((sum, { waiting }) => sum + waiting.length, 0)
if (count === 0) {
  console.error(`No test file has ${parts.join(' or ')} in its path. The areas are: ${areaNames().join(', ')}.`)
  process.exit(1)
}

// The exit handlers of what is started here stop it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

const { server: postgres, url } = await startPostgres()
const addresses = { sqlite: 'file:unused.db', postgres: url('postgres') }

// Most tests need a database with its tables. Copying one is faster than running the migrations.
const TEMPLATE = 'rest_server_template'
await postgres.createDatabase(TEMPLATE)
execFileSync(process.execPath, [join(import.meta.dirname, '../scripts/migrate.ts')], {
  env: { ...process.env, DATABASE_URL: url(TEMPLATE) }
})

// All processes load the same modules: compile them once.
const compileCache = mkdtempSync(join(tmpdir(), 'rest-server-compile-cache-'))
process.on('exit', () => rmSync(compileCache, { recursive: true, force: true }))
const quickImports = pathToFileURL(join(import.meta.dirname, 'runner/quick-imports.ts')).href

const environment = {
  ...process.env,
  TEST_POSTGRES_URL: addresses.postgres,
  TEST_POSTGRES_TEMPLATE: TEMPLATE,
  TEST_DATABASE_FOLDER: databases,
  // To measure coverage tap must get into every process, which costs as much again as it saves.
  ...(process.env.COVERAGE ? {} : { NODE_COMPILE_CACHE: compileCache, NODE_OPTIONS: `--import ${quickImports}` })
}

const report = createReport(count)
// One more than there are cores: much of a suite is waiting, for PostgreSQL or for another process.
await Promise.all(Array.from({ length: availableParallelism() + 1 }, work))
await postgres.stop()
process.exitCode = report.summarize() ? 0 : 1

async function work(): Promise<void> {
  for (let area = nextArea(); area; area = nextArea()) {
    const { engine, waiting } = area
    area.processes += 1
    await runSuites({ ...environment, DATABASE_URL: addresses[engine] }, () => waiting.shift(), report)
    area.processes -= 1
  }
}

/** An area without a process, or with the fewest; of these the one with most left. */
function nextArea(): Area | undefined {
  const left = ({ waiting }: Area) => waiting.reduce((sum, { weight }) => sum + weight, 0)
  return areas
    .filter(({ waiting }) => waiting.length > 0)
    .sort((a, b) => a.processes - b.processes || left(b) - left(a))[0]
}
