// Transactions that behave alike on both engines.

import { setTimeout as delay } from 'node:timers/promises'
import type { Database, Transaction } from './db.ts'
import { databaseFailure } from './failures.ts'

/** How long a transaction may take, in milliseconds. After that it is rolled back. */
export const TRANSACTION_LIMIT = 5_000

/** How long a statement waits for a lock that another transaction holds before it fails, in milliseconds. */
export const LOCK_PATIENCE = 1_100

const ATTEMPTS = 4

/**
 * Runs `work` in one transaction and returns its result: everything is stored, or nothing. If a statement fails, so does
 * the transaction, even if `work` catches the error. Retries up to three times after a deadlock or a serialization
 * failure, so `work` may run more than once.
 *
 * Inside `work`, await only statements of `tx`. On SQLite every other statement of the server waits until the
 * transaction ends, so hash passwords and call other servers before it starts. A transaction that takes longer than
 * five seconds is rolled back.
 *
 *     await atomically(db, async (tx) => {
 *       const [row] = await tx.insert(room).values(body).returning()
 *       …
 *     })
 */
export function atomically<Result>(db: Database, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  return retryContention(() => db.connection.transact(work))
}

/** Runs `work`, and again up to three times after a deadlock or a serialization failure, which have undone it. */
export async function retryContention<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === ATTEMPTS || databaseFailure(error) !== 'contention') throw error
      await delay(attempt * 20 * Math.random())
    }
  }
}

/** Runs one statement of a transaction. */
export type RunStatement = <Result>(statement: () => Result | Promise<Result>) => Promise<Result>

/**
 * Runs `work` in a transaction that the engine has begun, and returns its result; the engine then commits, or rolls back
 * if this rejects. `open` returns the `tx` of the work, whose statements must go through its argument: that rejects them
 * once one has failed, or the work has ended. Otherwise a late statement would run outside the transaction, or inside the
 * next one on the same connection. Rejects when a statement failed, even if `work` caught its error, and when `work`
 * takes too long.
 */
export async function runWork<Result>(
  work: (tx: Transaction) => Promise<Result>,
  open: (run: RunStatement) => Transaction
): Promise<Result> {
  let reason: unknown // why no further statement may run
  const tx = open(async (statement) => {
    if (reason) throw reason
    try {
      return await statement()
    } catch (error) {
      reason ??= error
      throw error
    }
  })
  try {
    const result = await withinLimit(work(tx))
    if (reason) throw reason
    return result
  } finally {
    reason ??= new Error('This transaction has ended')
  }
}

/** Rejects when a transaction takes too long: it holds locks and a connection, on SQLite the only one. */
async function withinLimit<Result>(work: Promise<Result>): Promise<Result> {
  const timer = new AbortController()
  const limit = delay(TRANSACTION_LIMIT, undefined, { signal: timer.signal }).then(() => {
    throw new Error('A transaction took too long. Inside it, await only statements of `tx`')
  })
  limit.catch(() => {})
  try {
    return await Promise.race([work, limit])
  } finally {
    timer.abort()
  }
}
