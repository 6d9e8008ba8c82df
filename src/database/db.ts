// The database as the rest of the program sees it: one query interface and one connection type for both engines.
// What only one engine knows is in sqlite.ts and postgres.ts.

import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { PgTable } from 'drizzle-orm/pg-core'
import * as accessLogTables from '../tables/access-log.ts'
import * as accountTables from '../tables/account.ts'
import * as clinicTables from '../tables/clinic.ts'

export const schema = {
  ...accountTables,
  ...accessLogTables,
  ...clinicTables
}

/**
 * Drizzle's query interface. It has PostgreSQL's types. Use only what both engines have: select, insert … returning,
 * onConflict, update, delete, `query.<table>.findMany`, `$count`, and `prepare` for a query that runs often. It has no
 * `transaction`, because on SQLite statements of other requests would land in it: use `atomically`.
 */
export type Queries = Omit<NodePgDatabase<typeof schema>, 'transaction'>

/** What a transaction can run: the same statements, without relational queries. */
export type Transaction = Pick<Queries, 'select' | 'insert' | 'update' | 'delete' | 'execute'>

export interface Connection {
  queries: Queries
  /** Runs `work` in one transaction. Call `atomically` instead: it also retries. */
  transact<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>
  /** Returns a function that inserts rows in one transaction: a cheaper `insert`, for what every request does. */
  appender<Row extends object>(table: PgTable & { $inferInsert: Row }): (rows: Row[]) => Promise<void>
  /**
   * Inside a transaction, waits until no other transaction holds the same lock, and takes it until this one ends.
   * SQLite has one writer at a time and needs no lock.
   */
  lock(tx: Transaction, name: Lock): Promise<void>
  /** Like `lock`, but returns false instead of waiting when another transaction holds it. */
  tryLock(tx: Transaction, name: Lock): Promise<boolean>
  /** Resolves when the database answers, rejects when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** The locks of the program. Their numbers are PostgreSQL's advisory lock keys. */
export const locks = { migration: 5000, 'clean-up': 5001, administrators: 5002 } as const
export type Lock = keyof typeof locks

export type Database = Queries & { readonly connection: Connection }
