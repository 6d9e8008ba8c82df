// PostgreSQL: a pool of pg connections, with the time-outs and error listeners without which one frozen or restarted
// database would hang or kill the process.

import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { type Connection, type Lock, locks, run, type Steps, schema, type Transaction } from './db.ts'

/** To connect, or to get a connection of the pool. Milliseconds, as below. */
const CONNECT_PATIENCE = 1_000
const QUERY_PATIENCE = 5_000

export const poolOptions = {
  connectionTimeoutMillis: CONNECT_PATIENCE,
  query_timeout: QUERY_PATIENCE,
  statement_timeout: QUERY_PATIENCE,
  idle_in_transaction_session_timeout: QUERY_PATIENCE,
  keepAlive: true,
  options: '-c TimeZone=UTC'
}

/**
 * A pool of at most so many connections for a `postgres:` URL; it connects when first asked. `onError` hears of
 * connections that broke while idle.
 */
export function connectPostgres(connectionString: string, max: number, onError: (error: Error) => void): Connection {
  const pool = new pg.Pool({ ...poolOptions, max, connectionString })
  pool.on('error', onError)
  const queries = drizzle({ client: pool, schema })

  return {
    queries,
    transact: (steps) => transact(pool, steps),
    appender: (table) => async (rows) => {
      await queries.insert(table).values(rows)
    },
    *lock(tx: Transaction, name: Lock) {
      yield* run(tx.execute(sql`select pg_advisory_xact_lock(${locks[name]})`))
    },
    *tryLock(tx: Transaction, name: Lock) {
      const { rows } = yield* run(
        tx.execute<{ locked: boolean }>(sql`select pg_try_advisory_xact_lock(${locks[name]}) as locked`)
      )
      return rows[0]?.locked === true
    },
    ping: async () => {
      await pool.query('select 1')
    },
    close: () => pool.end()
  }
}

async function transact<Result>(pool: pg.Pool, steps: (tx: Transaction) => Steps<Result>): Promise<Result> {
  const client = await pool.connect()
  let broken = false
  const onError = () => {
    broken = true // the statement under way fails with the reason; without a listener the process would die of it
  }
  client.on('error', onError)
  try {
    await client.query('begin')
    const result = await drive(steps(drizzle({ client })))
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that cannot even roll back is not given to the next request.
    await client.query('rollback').catch(onError)
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

async function drive<Result>(steps: Steps<Result>): Promise<Result> {
  let step = steps.next()
  while (!step.done) step = steps.next(await step.value)
  return step.value
}
