// SQLite: one better-sqlite3 connection, which is synchronous. Statements reach it through Drizzle's proxy driver, whose
// callback is asynchronous, so waiting for another process's lock, or for an open transaction, never stops the event loop.

import { setTimeout as delay } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { type AsyncRemoteCallback, drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Config } from '../config.ts'
import { type Connection, type Queries, schema, type Transaction } from './db.ts'
import { countChanges } from './sqlite-changes.ts'
import { createSharedCommit } from './sqlite-commits.ts'
import { openSqliteFile, sqlitePath, watchFile } from './sqlite-file.ts'
import { createAppender, createCompiler, createExecutor, createTreeReader } from './sqlite-statements.ts'
import { LOCK_PATIENCE, runWork } from './transactions.ts'

const LOCK_RETRY = 10

/** Opens the file of a `file:` URL, which `migrate` has created, with the settings of `openSqliteFile`. */
export function connectSqlite(databaseUrl: string, synchronous: Config['sqliteSynchronous']): Connection {
  const path = sqlitePath(databaseUrl)
  const sqlite = openSqliteFile(path)
  sqlite.pragma(`synchronous = ${synchronous}`)
  sqlite.pragma('foreign_keys = ON')
  sqlite.pragma('recursive_triggers = ON') // REPLACE deletes rows, and triggers must see it
  const file = watchFile(path)
  const changes = countChanges(sqlite)
  const compile = createCompiler(sqlite)
  const execute = createExecutor(compile, changes.changed)

  // There is one connection, so a statement that ran during a transaction would become part of it. Such statements wait.
  let transaction: Promise<void> | undefined
  async function outsideTransactions<Result>(work: () => Result): Promise<Result> {
    if (!transaction) {
      try {
        return work() // nearly always
      } catch (error) {
        if (!isLocked(error)) throw error
      }
    }
    return await whenUnlocked(async () => {
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
      file.check() // a change that went into a lost file must not be acknowledged
      return result
    } catch (error) {
      if (sqlite.inTransaction) sqlite.exec('rollback')
      throw error
    } finally {
      transaction = undefined
      release()
    }
  }

  const sharingCommit = createSharedCommit(sqlite, outsideTransactions, file.check)
  async function run(...statement: Parameters<typeof execute>): ReturnType<AsyncRemoteCallback> {
    const work = () => execute(...statement)
    return await (compile(statement[0]).readonly ? outsideTransactions(work) : sharingCommit(work))
  }

  const pragma = (name: string) => Number(sqlite.pragma(name, { simple: true }))
  const checkpoint = () => sqlite.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
  return {
    queries: drizzle(run, { schema }) as unknown as Queries,
    transact,
    treeReader: (levels) => {
      const read = createTreeReader(compile, levels)
      return (ids) => outsideTransactions(() => read(ids))
    },
    appender: (table) => {
      const insert = createAppender(sqlite, table)
      return (rows) => sharingCommit(() => insert(rows), true)
    },
    lock: async () => {},
    tryLock: async () => true,
    state: changes.state,
    size: () => outsideTransactions(() => pragma('page_count') * pragma('page_size')),
    mayChange: async () => true,
    ping: () =>
      outsideTransactions(() => {
        file.probe()
        sqlite.pragma('schema_version')
      }),
    checkpoint: async () => (await outsideTransactions(checkpoint))[0]?.busy === 0,
    close: async () => {
      if (!sqlite.open) return
      try {
        checkpoint()
      } catch {
        // The file is damaged or locked. Nothing is lost: what it did not take stays in the log beside it.
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

function isLocked(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code)
}
