// The database as the rest of the program sees it: one query interface over two engines, transactions, and what a
// driver's error means. What only one engine knows stands in sqlite.ts and postgres.ts.

import { setTimeout as delay } from 'node:timers/promises'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { PgTable } from 'drizzle-orm/pg-core'
import * as accessLogTables from './tables/access-log.ts'
import * as accountTables from './tables/account.ts'
import * as clinicTables from './tables/clinic.ts'

export const schema = {
  ...accountTables,
  ...accessLogTables,
  ...clinicTables
}

/**
 * Drizzle's query interface. It is typed as PostgreSQL's; use what both engines have: select, insert … returning,
 * onConflict, update, delete, `query.<table>.findMany`, `$count`, and `prepare` for a query that is asked often.
 */
export type Queries = NodePgDatabase<typeof schema>

/** What a transaction may do: the same statements, without relational queries. */
export type Transaction = Pick<Queries, 'select' | 'insert' | 'update' | 'delete' | 'execute'>

/** The steps of a transaction; each `yield*` of a `run(statement)` gives that statement's result. */
export type Steps<Result> = Generator<PromiseLike<unknown>, Result, unknown>

export interface Connection {
  queries: Queries
  /** Runs the steps in one transaction, which ends with them or leaves nothing behind. */
  transact<Result>(steps: (tx: Transaction) => Steps<Result>): Promise<Result>
  /** A function that stores rows of a table in one transaction: `insert` without its price, for what every request does. */
  appender<Row extends object>(table: PgTable & { $inferInsert: Row }): (rows: Row[]) => Promise<void>
  /**
   * Inside a transaction: makes every other transaction that takes the same lock wait until this one ends. SQLite has
   * one writer at a time and needs none.
   */
  lock(tx: Transaction, name: Lock): Steps<void>
  /** As `lock`, without waiting: whether the lock is now ours. */
  tryLock(tx: Transaction, name: Lock): Steps<boolean>
  /** Resolves when the database answers, rejects when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** The locks of the program, by number, for PostgreSQL's advisory locks. */
export const locks = { migration: 5000, 'clean-up': 5001, administrators: 5002 } as const
export type Lock = keyof typeof locks

export type Database = Queries & { readonly connection: Connection }

const ATTEMPTS = 4

/**
 * Runs the steps in one transaction: all of them are stored, or none. On SQLite they run in one synchronous go, so that
 * no other request's statement can land between two of them; that is why the steps are a generator and cannot await
 * anything but their statements. A deadlock or a serialization failure is tried again, up to three times.
 *
 *     await atomically(db, function* (tx) {
 *       const [row] = yield* run(tx.insert(room).values(body).returning())
 *       …
 *     })
 */
export async function atomically<Result>(db: Database, steps: (tx: Transaction) => Steps<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.connection.transact(steps)
    } catch (error) {
      if (attempt === ATTEMPTS || databaseFailure(error) !== 'contention') throw error
      await delay(attempt * 20 * Math.random())
    }
  }
}

/** One step of a transaction: runs the statement and gives its result. */
export function* run<Result>(statement: PromiseLike<Result>): Steps<Result> {
  return (yield statement) as Result
}

/**
 * What went wrong in the driver, or undefined when the error is not a driver's.
 * `unique`: the record exists; `reference`: it refers to one that does not exist, or is itself referred to;
 * `contention`: another transaction was in the way; `unavailable`: the database cannot be asked or written now.
 */
export type DatabaseFailure = 'unique' | 'reference' | 'contention' | 'unavailable' | 'other'

/** Which kind of database failure an error is, looking through the errors that wrap it; undefined if it is none. */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string') {
      const known = FAILURES.find(([pattern]) => pattern.test(code))
      if (known) return known[1]
    }
    if (CONNECTION_MESSAGES.test(cause.message)) return 'unavailable'
    if (cause.name === 'AggregateError') {
      return databaseFailure((cause as AggregateError).errors[0])
    }
  }
  return undefined
}

const FAILURES: [RegExp, DatabaseFailure][] = [
  [/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID)$|^23505$/, 'unique'],
  [/^SQLITE_CONSTRAINT_(FOREIGNKEY|TRIGGER)$|^23503$|^23001$/, 'reference'],
  [/^40001$|^40P01$|^SQLITE_BUSY_SNAPSHOT$/, 'contention'],
  [/^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM)/, 'unavailable'],
  // PostgreSQL: connection, sign-in, resources, shutdown, cancelled by a time-out, lock not available, read-only, I/O.
  [/^(08|28|53|57|58)|^3D000$|^55P03$|^25006$|^25P0[234]$|^XX/, 'unavailable'],
  [/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/, 'unavailable'],
  [/^SQLITE_|^[0-9A-Z]{5}$/, 'other']
]

// The drivers give these no code.
const CONNECTION_MESSAGES =
  /^(The database connection is not open|Cannot use a pool after|Connection terminated|timeout exceeded when trying to connect|Query read timeout|timeout expired|Client (was closed|has encountered a connection error))/
