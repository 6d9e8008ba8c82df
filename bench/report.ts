// Writes BENCHMARKS.md from the measurements of a full run.

import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import type { Footprint } from './footprint.ts'
import type { Duration } from './measure.ts'
import { ROOT } from './servers.ts'
import { type Comparison, comparisonTable, footprintTable, rounded, table } from './tables.ts'

/** What a full run measured. */
export interface Measurements {
  comparisons: Comparison[]
  /** By engine. */
  footprints: Map<string, Footprint>
  /** The version of each engine. */
  versions: Map<string, string>
  /** CPU microseconds of one password check. */
  argon2: number
  installation: { packages: number; size: number }
  duration: Duration
}

/** Measured elsewhere, on other machines: GET one record, as the share of a bare Fastify route. */
const PEERS = [
  ['Express, minimal', '0.040', 'yes'],
  ['NestJS boilerplate', '0.023', 'no'],
  ['Django REST framework', '0.012', 'no'],
  ['the Flask original of this server', '0.007', 'no']
]

/** Returns the sentence about the cost of a password check. */
export function argon2Sentence(argon2: number): string {
  return `Checking a password with argon2 alone takes ${rounded(argon2)} µs of CPU time. It is a part of every login.`
}

/** Returns the sentence about the size of the installation. */
export function installationSentence({ packages, size }: Measurements['installation']): string {
  return `An installation for production has ${packages} packages of ${rounded(size)} MiB in all.`
}

/** Writes BENCHMARKS.md. */
export function writeReport(measurements: Measurements): void {
  writeFileSync(join(ROOT, 'BENCHMARKS.md'), reportOf(measurements))
}

function reportOf({ comparisons, footprints, versions, argon2, installation, duration }: Measurements): string {
  const [cpu] = cpus()
  const engines = [...versions].map(([engine, version]) => `${engine} ${version}`)
  return `# Benchmarks

What the guarantees of this server cost. \`npm run bench\` measured these figures and wrote this file.

* Machine: ${cpus().length} cores of ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB of memory
* Versions: Node ${process.versions.node}, Fastify ${Fastify().version}, ${engines.join(', ')}
* Date: ${new Date().toISOString().slice(0, 10)}
* Repeat: \`npm run bench\`. \`npm run bench -- --quick\` takes less than a minute and writes nothing.
  \`npm run bench -- --help\` lists the other options.

## How it is measured

The real server runs as a process of its own with production settings. Only the limits of requests and logins are raised,
because one client sends everything. The bare server is another process: plain Fastify routes that send the same JSON through
the same response schema. It has no database, no tokens, no roles and no log. Both servers and the client share the machine.

The two servers are measured in turns, ${duration.rounds} rounds of about ${duration.seconds} seconds each, after a warm-up. Each
ratio compares the two halves of one round. The tables show the median, and in brackets the lowest and the highest. The CPU time
is that of the server process, with all its threads. The CPU time of PostgreSQL is not part of it. A single failed response ends
the benchmark, except for 503: with many connections, the server may refuse requests that would wait too long. The table says how
many it refused, and its figures are those of the requests that succeeded.

On SQLite, the server keeps records that it has read as long as nothing in the database changes. Works that only read gain from that.
"nine GET, one PATCH" and "PATCH" show what is left when the database changes all the time.

The ratio of CPU time is the more reliable one. The client cannot keep the bare server busy all the time, so the ratio of requests
per second flatters the real server.

## Results

A ratio of 0.1 means that the real server does a tenth of what the bare one does. There are 1,000 patients, each with
2 appointments of 2 measures.

${comparisonTable(comparisons)}

* ${argon2Sentence(argon2)}
* "SQLite" runs with \`SQLITE_SYNCHRONOUS=FULL\`, the default. "SQLite, NORMAL" can lose the last commits in a power failure.
* PostgreSQL is the one of the tests: it runs on the same machine, keeps its files in memory and does not wait for a disk.
* The access log is always on. There is no setting that turns it off, so there is no figure without it.

## Start, memory and size

The start is the time from the start of the process until \`/health/ready\` answers 200, with a migrated database. It and the memory
at that moment are medians of 5 starts.

${footprintTable(footprints)}

${installationSentence(installation)}

## Others

GET of one record by other servers, as the share of what a bare Fastify route does on the same machine. These figures were measured
elsewhere. Compare them with the ratio of "GET one patient" above.

${table(['server', 'ratio', 'does the same work'], PEERS)}

Only the Express server does the same work as this one. The others do less: they commit no row of an access log before the response
leaves, and have no token that can be revoked at once.
`
}
