// SQLite: one better-sqlite3 connection, which is synchronous. Statements reach it through Drizzle's proxy driver, whose
// callback is asynchronous, so waiting for another process's lock, or for an open transaction, never stops the event loop.

import { setTimeout as delay } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { type AsyncRemoteCallback, drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Config } from '../config.ts'
import { type Connection, type Queries, schema, type Transaction } from './db.ts'
import { openSqliteFile, sqlitePath, watchFile } from './sqlite-file.ts'
import { LOCK_PATIENCE, runWork } from './transactions.ts'

const LOCK_RETRY = 10
/** How many compiled statements are kept. The program has far fewer of its own; lists of values make the rest. */
const COMPILED_LIMIT = 500

/** Opens the file of a `file:` URL, which `migrate` has created, with the settings of `openSqliteFile`. */
export function connectSqlite(databaseUrl: string, synchronous: Config['sqliteSynchronous']): Connection {
  const path = sqlitePath(databaseUrl)
  const sqlite = openSqliteFile(path)
  sqlite.pragma(`synchronous = ${synchronous}`)
  sqlite.pragma('foreign_keys = ON')
  const file = watchFile(path)
  // A change that went into a lost file must not be acknowledged, so the file is checked after each commit.
  const execute = createExecutor(sqlite, file.check)

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
      file.check()
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
  const checkpoint = () => sqlite.pragma('wal_checkpoint(TRUNCATE)')
  return {
    queries: drizzle((...statement) => outsideTransactions(() => execute(...statement)), {
      schema
    }) as unknown as Queries,
    transact,
    appender: (table) => {
      const insert = append(table)
      return (rows) =>
        outsideTransactions(() => {
          insert(rows)
          file.checkSometimes()
        })
    },
    lock: async () => {},
    tryLock: async () => true,
    ping: () =>
      outsideTransactions(() => {
        file.probe()
        sqlite.pragma('schema_version')
      }),
    checkpoint: async () => {
      await outsideTransactions(checkpoint)
    },
    close: async () => {
      if (!sqlite.open) return
      try {
        checkpoint()
      } finally {
        sqlite.close()
      }
    }
  }
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

/** Runs SQL as Drizzle's proxy driver asks for it, and `afterWrite` after a change. Compiles each text once. */
function createExecutor(sqlite: Sqlite.Database, afterWrite: () => void) {
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
    let rows: unknown[] = []
    if (!statement.reader) statement.run(...parameters)
    else if (method === 'get') rows = statement.get(...parameters) as unknown[]
    else rows = statement.all(...parameters)
    if (!statement.readonly) afterWrite()
    return { rows }
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
