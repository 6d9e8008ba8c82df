// PostgreSQL: a pool of pg connections. Without the time-outs and error listeners set here, a frozen or restarted database
// would hang requests for ever or end the process.

import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { type Connection, locks, schema, type Transaction } from './db.ts'
import { type RunStatement, runWork, TRANSACTION_LIMIT } from './transactions.ts'

/** How long a request waits for a connection, in milliseconds. */
const CONNECT_PATIENCE = 1_000
/** How long one statement may take, in milliseconds. */
const QUERY_PATIENCE = 5_000

export const poolOptions = {
  connectionTimeoutMillis: CONNECT_PATIENCE,
  query_timeout: QUERY_PATIENCE,
  statement_timeout: QUERY_PATIENCE,
  idle_in_transaction_session_timeout: TRANSACTION_LIMIT,
  keepAlive: true,
  options: '-c TimeZone=UTC'
}

/**
 * Returns a pool of at most `max` connections to a `postgres:` URL. It connects with the first query. `onError` receives
 * the errors of connections that break while idle.
 */
export function connectPostgres(connectionString: string, max: number, onError: (error: Error) => void): Connection {
  const pool = new pg.Pool({ ...poolOptions, max, connectionString })
  pool.on('error', onError)
  const queries = drizzle({ client: pool, schema })

  return {
    queries,
    transact: (work) => transact(pool, work),
    appender: (table) => async (rows) => {
      await queries.insert(table).values(rows)
    },
    lock: async (tx, name) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${locks[name]})`)
    },
    tryLock: async (tx, name) => {
      const { rows } = await tx.execute<{ locked: boolean }>(
        sql`select pg_try_advisory_xact_lock(${locks[name]}) as locked`
      )
      return rows[0]?.locked === true
    },
    ping: async () => {
      await pool.query('select 1')
    },
    close: () => pool.end()
  }
}

async function transact<Result>(pool: pg.Pool, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  const connection = await pool.connect()
  let broken = false
  const onError = () => {
    broken = true // the running statement fails with the reason; without a listener the process would end
  }
  connection.on('error', onError)
  try {
    await connection.query('begin')
    const result = await runWork(work, (run) => drizzle({ client: through(run, connection) }))
    const { command } = await connection.query('commit')
    // PostgreSQL does so after a failed statement, here one that `work` did not await.
    if (command === 'ROLLBACK') throw new Error('The transaction was rolled back: a statement failed')
    return result
  } catch (error) {
    // Do not give a connection that cannot even roll back to the next request.
    await connection.query('rollback').catch(onError)
    throw error
  } finally {
    connection.off('error', onError)
    connection.release(broken)
  }
}

/** Returns the connection with its queries going through `run`. */
function through(run: RunStatement, connection: pg.PoolClient): pg.PoolClient {
  const query = (...statement: [pg.QueryConfig]) => run(() => connection.query(...statement))
  return Object.create(connection, { query: { value: query } })
}
