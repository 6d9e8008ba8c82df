// The database as the rest of the program sees it: one query interface and one connection type for both engines.
// What only one engine knows is in sqlite.ts and postgres.ts.

import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { PgTable } from 'drizzle-orm/pg-core'
import { isSearchable } from '../search/searchable.ts'
import * as accessLogTables from '../tables/access-log.ts'
import * as accountTables from '../tables/account.ts'
import * as clinicTables from '../tables/clinic.ts'
import * as idempotencyTables from '../tables/idempotency-key.ts'
import * as searchTables from '../tables/search-index.ts'

export const schema = {
  ...accountTables,
  ...accessLogTables,
  ...idempotencyTables,
  ...searchTables,
  ...clinicTables
}

/** What can be searched by words. */
export const searchables = Object.values(schema as Record<string, unknown>).filter(isSearchable)

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
  /** Returns a function that inserts rows and returns their ids: a cheaper `insert`, for what every request does. */
  appender<Row extends object>(table: PgTable & { $inferInsert: Row }): (rows: Row[]) => Promise<number[]>
  /**
   * Inside a transaction, waits until no other transaction holds the same lock, and takes it until this one ends.
   * SQLite has one writer at a time and needs no lock.
   */
  lock(tx: Transaction, name: Lock): Promise<void>
  /**
   * Like `lock`, but returns false instead of waiting when another transaction holds it. With a `key`, every key has a lock
   * of its own.
   */
  tryLock(tx: Transaction, name: Lock, key?: string): Promise<boolean>
  /**
   * Returns a function that reads the records with these ids, and the records of the levels below, at one moment. It returns
   * the rows of each level as lists of values.
   */
  treeReader(levels: Level[]): (ids: number[]) => Promise<unknown[][][]>
  /**
   * Returns a number that changes whenever this process may have changed anything in these tables, or in any but those of the
   * access log, and whenever another process has changed anything. When a statement changes records of other tables as well, by
   * a cascade or a trigger, only the table that it names counts. Undefined on PostgreSQL, which has no such number.
   */
  state(tables?: PgTable[]): number | undefined
  /** Returns how many bytes the database takes on the disk. */
  size(): Promise<number>
  /** Whether this server could change or remove rows of a table if it had no triggers. SQLite has no roles: always. */
  mayChange(table: PgTable): Promise<boolean>
  /** Resolves when the database can be read and written, rejects when it cannot. */
  ping(): Promise<void>
  /**
   * Empties SQLite's log of changes, which still has what was deleted since. Returns false when another process is using it.
   * PostgreSQL takes care of its own.
   */
  checkpoint(): Promise<boolean>
  close(): Promise<void>
}

/** Rows of one table that belong together with rows of another. */
export interface Level {
  table: string
  columns: string[]
  /** The column that holds the id that is looked for: `id`, or a foreign key. */
  key: string
  /** The level, and its column, that the keys come from. Undefined for the first level, whose ids are given. */
  parent: { level: number; column: number } | undefined
  /** At most this many rows are read. The rows of one key begin with the highest id. */
  limit: number
  /** How many rows of one key the caller needs at most. */
  limitPerKey: number
}

/** The locks of the program. Their numbers are PostgreSQL's advisory lock keys. */
export const locks = {
  migration: 5000,
  'clean-up': 5001,
  administrators: 5002,
  'idempotency key': 5003,
  'search index': 5004
} as const
export type Lock = keyof typeof locks

export type Database = Queries & { readonly connection: Connection }
