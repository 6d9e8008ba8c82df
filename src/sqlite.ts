// SQLite: one connection of better-sqlite3, which is synchronous. Statements reach it through Drizzle's proxy driver,
// whose callback is asynchronous, so that waiting for another process's lock never stops the event loop.

import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { drizzle as drizzleSync } from 'drizzle-orm/better-sqlite3'
import type { PgTable } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Config } from './config.ts'
import { type Connection, type Queries, type Steps, schema, type Transaction } from './db.ts'

/** How long a statement waits for a lock before the request is answered 503, in milliseconds. */
const LOCK_PATIENCE = 1_100
const LOCK_RETRY = 10
/** Statements whose compiled form is kept. The program's own are far fewer; lists of values make the rest. */
const COMPILED_LIMIT = 500

/** Opens (and creates) the file of a `file:` URL with the settings of `openSqliteFile`. */
export function connectSqlite(databaseUrl: string, synchronous: Config['sqliteSynchronous']): Connection {
  const client = openSqliteFile(databaseUrl)
  client.pragma(`synchronous = ${synchronous}`)
  client.pragma('foreign_keys = ON')

  const compiled = new Map<string, Sqlite.Statement>()
  function compile(sql: string): Sqlite.Statement {
    let statement = compiled.get(sql)
    if (!statement) {
      if (compiled.size >= COMPILED_LIMIT) compiled.clear()
      statement = client.prepare(sql)
      if (statement.reader) statement.raw()
      compiled.set(sql, statement)
    }
    return statement
  }

  const queries = drizzle(
    (sql, parameters, method) =>
      whenUnlocked(() => {
        const statement = compile(sql)
        if (!statement.reader) statement.run(...parameters)
        else if (method === 'get') return { rows: statement.get(...parameters) as unknown[] }
        else return { rows: statement.all(...parameters) }
        return { rows: [] }
      }),
    { schema }
  ) as unknown as Queries
  const transaction = drizzleSync({ client }) as unknown as Transaction

  // IMMEDIATE takes the write lock at once: a transaction that read first and wrote later could not be retried in place.
  const inTransaction = client.transaction((work: () => unknown) => work()).immediate

  return {
    queries,
    transact: <Result>(steps: (tx: Transaction) => Steps<Result>) =>
      whenUnlocked(() => inTransaction(() => drive(steps(transaction))) as Result),
    appender: (table) => appender(client, table),
    *lock() {},
    // biome-ignore lint/correctness/useYield: there is no statement to run
    *tryLock() {
      return true
    },
    ping: async () => {
      statSync(client.name) // a file that was deleted would still be read from
      compile('pragma schema_version').get()
    },
    close: async () => {
      client.close()
    }
  }
}

/**
 * A better-sqlite3 connection to the file of a `file:` URL, created with its folder when missing and readable by its
 * owner only, in WAL mode. Statements fail at once when another process holds the lock: waiting would stop the event loop.
 */
export function openSqliteFile(databaseUrl: string): Sqlite.Database {
  const path = databaseUrl.startsWith('file://') ? fileURLToPath(databaseUrl) : databaseUrl.slice('file:'.length)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  const client = new Sqlite(path, { timeout: LOCK_PATIENCE })
  client.pragma('journal_mode = WAL')
  client.pragma('busy_timeout = 0')
  return client
}

/** Calls `work` until it does not meet another process's lock; throws its error once `patience` milliseconds are over. */
export async function whenUnlocked<Result>(work: () => Result, patience = LOCK_PATIENCE): Promise<Result> {
  for (const deadline = Date.now() + patience; ; await delay(LOCK_RETRY)) {
    try {
      return work()
    } catch (error) {
      if (!isLocked(error) || Date.now() >= deadline) throw error
    }
  }
}

// Drizzle builds an insert's text anew each time; here it is compiled once for each number of rows.
function appender<Row extends object>(client: Sqlite.Database, table: PgTable & { $inferInsert: Row }) {
  const given = Object.entries(getTableColumns(table)).filter(([, column]) => !column.primary)
  const names = given.map(([, column]) => `"${column.name}"`).join(', ')
  const oneRow = `(${given.map(() => '?').join(', ')})`
  const statements = new Map<number, Sqlite.Statement>()

  return async (rows: Row[]) => {
    let statement = statements.get(rows.length)
    if (!statement) {
      const values = Array(rows.length).fill(oneRow).join(', ')
      statement = client.prepare(`INSERT INTO "${getTableName(table)}" (${names}) VALUES ${values}`)
      statements.set(rows.length, statement)
    }
    const values = rows.flatMap((row) => given.map(([name, column]) => column.mapToDriverValue(row[name as keyof Row])))
    await whenUnlocked(() => statement.run(...values))
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code)
}

function drive<Result>(steps: Steps<Result>): Result {
  let step = steps.next()
  while (!step.done) {
    const statement = step.value as unknown as { prepare(): { execute(): { sync(): unknown } } }
    step = steps.next(statement.prepare().execute().sync())
  }
  return step.value
}
