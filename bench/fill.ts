// Measures whether requests become slower as the database grows: from a hundred patients to a million, on SQLite. Each has
// an appointment with a measure, and a row in the access log.

import { statSync } from 'node:fs'
import type { Request } from 'autocannon'
import Sqlite from 'better-sqlite3'
import { sqlitePath } from '../src/database/sqlite-file.ts'
import { createProgress } from '../src/progress.ts'
import { type Duration, type Load, measure } from './measure.ts'
import { fillDatabase, startEngine, startFull } from './servers.ts'
import { openSession, type Session } from './session.ts'
import { median, rounded, table } from './tables.ts'
import { access, patchOf } from './works.ts'

const SIZES = [100, 10_000, 1_000_000]
const BATCH = 10_000 // rows per statement
const IDS = 500 // how many random ids a connection asks for before it repeats them
const SLICE = 100

/** Returns the statement that adds a row for each `i` from :first to :last. Its primary key is `i` as well. */
const insert = (columns: string, values: string) =>
  `insert into ${columns}
   with recursive numbers(i) as (select :first union all select i + 1 from numbers where i < :last)
   select ${values} from numbers`

const STATEMENTS = [
  insert('patient (name, surname, birthday, comments)', `'Ada', 'Lovelace ' || i, '1815-12-10', 'Seen on Monday.'`),
  insert('appointment (patient_id, date)', 'i, 1704101340000 + i'),
  insert('measure (value, timestamp, appointment_id, category_id)', '50 + i % 50, 1704101340000 + i, i, 1 + i % 5'),
  insert(
    'access_log (time, username, address, method, path, status, duration_ms, request_id)',
    `1704101340000 + i, 'caller', '192.0.2.1', 'GET', '/api/patient/' || i, 200, 2, lower(hex(randomblob(18)))`
  )
]

/** Fills a database in steps up to `largest` patients, measures after each, and prints the table. */
export async function fill(largest: number, duration: Duration): Promise<void> {
  const { env } = await startEngine('SQLite')
  const accounts = await fillDatabase(env, 0)
  const path = sqlitePath(env.DATABASE_URL ?? '')
  const sizes = [...SIZES.filter((size) => size < largest), largest]
  const rows = []
  let filled = 0
  for (const size of sizes) {
    addPatients(path, filled + 1, size)
    filled = size
    const fileSize = rounded(statSync(path).size / 2 ** 20)
    const server = await startFull(env)
    const session = await openSession(server.url, accounts)
    for (const [work, load] of Object.entries(loadsFor(size))) {
      const [rounds = []] = await measure([{ server, session }], load, duration)
      const [cpu, rate] = [median(rounds.map(({ cpu }) => cpu)), median(rounds.map(({ rate }) => rate))]
      rows.push([rounded(size), fileSize, work, rounded(cpu), rounded(rate)])
    }
    await server.stop()
  }
  console.log(`\n${table(['patients', 'file, MiB', 'work', 'CPU µs per request', 'requests/s'], rows)}`)
}

function loadsFor(size: number): Record<string, Load> {
  const connections = 32
  const random = (most: number) => Math.floor(Math.random() * most)
  const some = (request: (session: Session) => Request) => ({
    connections,
    requests: (session: Session) => Array.from({ length: IDS }, () => request(session))
  })
  return {
    'GET one patient': some((session) => ({ path: `/api/patient/${1 + random(size)}`, headers: access(session, 0) })),
    'slice of 100': some((session) => ({
      path: `/api/patient/?limit=${SLICE}&after=${1 + random(Math.max(size - SLICE, 1))}`,
      headers: access(session, 0)
    })),
    'PATCH one patient': some((session) => patchOf(session, 1 + random(size)))
  }
}

// Not through Drizzle, which would take minutes for a million rows.
function addPatients(path: string, first: number, last: number): void {
  const sqlite = new Sqlite(path)
  sqlite.pragma('foreign_keys = ON')
  const statements = STATEMENTS.map((statement) => sqlite.prepare(statement))
  const addBatch = sqlite.transaction((range: { first: number; last: number }) => {
    for (const statement of statements) statement.run(range)
  })
  const progress = createProgress('patients added')
  for (let start = first; start <= last; start += BATCH) {
    const end = Math.min(start + BATCH - 1, last)
    addBatch({ first: start, last: end })
    progress.show(end, last)
  }
  progress.end()
  sqlite.close()
}
