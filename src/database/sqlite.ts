// SQLite: one better-sqlite3 connection, which is synchronous. Statements reach it through Drizzle's proxy driver, whose
// callback is asynchronous, so waiting for another process's lock, or for an open transaction, never stops the event loop.

import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { type AsyncRemoteCallback, drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Config } from '../config.ts'
import { type Connection, type Queries, schema, type Transaction } from './db.ts'
import { runWork } from './transactions.ts'

/** How long a statement waits for another process's lock before it fails, in milliseconds. */
const LOCK_PATIENCE = 1_100
const LOCK_RETRY = 10
/** How many compiled statements are kept. The program has far fewer of its own; lists of values make the rest. */
const COMPILED_LIMIT = 500

/** Opens (and creates) the file of a `file:` URL with the settings of `openSqliteFile`. */
export function connectSqlite(databaseUrl: string, synchronous: Config['sqliteSynchronous']): Connection {
  const sqlite = openSqliteFile(databaseUrl)
  sqlite.pragma(`synchronous = ${synchronous}`)
  sqlite.pragma('foreign_keys = ON')
  const execute = createExecutor(sqlite)

  // There is one connection, so a statement that ran during a transaction would become part of it. Such statements wait.
  let transaction: Promise<void> | undefined
  function outsideTransactions<Result>(work: () => Result): Promise<Result> {
    return whenUnlocked(async () => {
      while (transaction) await transaction
      return work()
    })
  }

  async function transact<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const { promise, resolve: release } = Promise.withResolvers<void>()
    await outsideTransactions(() => {
      // IMMEDIATE takes the write lock at once. A transaction that read first could not wait for the lock afterwards.
      sqlite.exec('begin immediate')
      transaction = promise
    })
    try {
      const result = await runWork(
        work,
        (run) => drizzle((...statement) => run(() => execute(...statement))) as unknown as Transaction
      )
      sqlite.exec('commit')
      return result
    } catch (error) {
      if (sqlite.inTransaction) sqlite.exec('rollback')
      throw error
    } finally {
      transaction = undefined
      release()
    }
  }

  const append = createAppender(sqlite)
  return {
    queries: drizzle((...statement) => outsideTransactions(() => execute(...statement)), {
      schema
    }) as unknown as Queries,
    transact,
    appender: (table) => {
      const insert = append(table)
      return (rows) => outsideTransactions(() => insert(rows))
    },
    lock: async () => {},
    tryLock: async () => true,
    ping: async () => {
      statSync(sqlite.name) // a deleted file could still be read through the open connection
      sqlite.prepare('pragma schema_version').get()
    },
    close: async () => {
      sqlite.close()
    }
  }
}

/**
 * Opens the file of a `file:` URL in WAL mode and returns its better-sqlite3 connection. Creates the file, readable by
 * its owner only, and its folder when they are missing. Statements fail at once when another process holds the lock:
 * waiting inside SQLite would stop the event loop.
 */
export function openSqliteFile(databaseUrl: string): Sqlite.Database {
  const path = databaseUrl.startsWith('file://') ? fileURLToPath(databaseUrl) : databaseUrl.slice('file:'.length)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  const sqlite = new Sqlite(path, { timeout: LOCK_PATIENCE })
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('busy_timeout = 0')
  return sqlite
}

/** Calls `work` until no other process holds the lock; throws the last error after `patience` milliseconds. */
export async function whenUnlocked<Result>(
  work: () => Result | Promise<Result>,
  patience = LOCK_PATIENCE
): Promise<Result> {
  for (const deadline = Date.now() + patience; ; await delay(LOCK_RETRY)) {
    try {
      return await work()
    } catch (error) {
      if (!isLocked(error) || Date.now() >= deadline) throw error
    }
  }
}

/** Runs SQL as Drizzle's proxy driver asks for it. Compiles each text once. */
function createExecutor(sqlite: Sqlite.Database) {
  const compiled = new Map<string, Sqlite.Statement>()

  function compile(sql: string): Sqlite.Statement {
    let statement = compiled.get(sql)
    if (!statement) {
      if (compiled.size >= COMPILED_LIMIT) compiled.clear()
      statement = sqlite.prepare(sql)
      if (statement.reader) statement.raw()
      compiled.set(sql, statement)
    }
    return statement
  }

  return (...[sql, parameters, method]: Parameters<AsyncRemoteCallback>): { rows: unknown[] } => {
    const statement = compile(sql)
    if (!statement.reader) statement.run(...parameters)
    else if (method === 'get') return { rows: statement.get(...parameters) as unknown[] }
    else return { rows: statement.all(...parameters) }
    return { rows: [] }
  }
}

/** Inserts rows with one statement. Drizzle would build its text anew each time; here each number of rows has its own. */
function createAppender(sqlite: Sqlite.Database) {
  return <Row extends object>(table: PgTable & { $inferInsert: Row }) => {
    const given = Object.entries(getTableColumns(table)).filter(([, column]) => !column.primary)
    const names = given.map(([, column]) => `"${column.name}"`).join(', ')
    const oneRow = `(${given.map(() => '?').join(', ')})`
    const statements = new Map<number, Sqlite.Statement>()

    return (rows: Row[]): void => {
      let statement = statements.get(rows.length)
      if (!statement) {
        const values = Array(rows.length).fill(oneRow).join(', ')
        statement = sqlite.prepare(`INSERT INTO "${getTableName(table)}" (${names}) VALUES ${values}`)
        statements.set(rows.length, statement)
      }
      statement.run(
        ...rows.flatMap((row) => given.map(([name, column]) => column.mapToDriverValue(row[name as keyof Row])))
      )
    }
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code)
}
