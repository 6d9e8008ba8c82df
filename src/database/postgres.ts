// PostgreSQL: a pool of pg connections. Without the time-outs and error listeners set here, a frozen or restarted database
// would hang requests for ever or end the process.

import { getTableName, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { type Connection, locks, schema } from './db.ts'
import { createAppender, treeQuery } from './postgres-statements.ts'
import { LOCK_PATIENCE, type RunStatement, retryContention, runWork, TRANSACTION_LIMIT } from './transactions.ts'

/** How long a request waits for a connection, in milliseconds. */
const CONNECT_PATIENCE = 1_000
/** How long one statement may take, in milliseconds. */
const QUERY_PATIENCE = 5_000

export const poolOptions = {
  connectionTimeoutMillis: CONNECT_PATIENCE,
  query_timeout: QUERY_PATIENCE,
  keepAlive: true
}

interface Settings {
  statement_timeout: number
  lock_timeout: number
  idle_in_transaction_session_timeout: number
  TimeZone: string
}

const SETTINGS: Settings = {
  statement_timeout: QUERY_PATIENCE,
  lock_timeout: LOCK_PATIENCE,
  idle_in_transaction_session_timeout: TRANSACTION_LIMIT,
  TimeZone: 'UTC' // columns.ts reads times without looking at their offset
}

/**
 * Returns a pool of at most `max` connections to a `postgres:` URL, which it has reached once. `onError` receives the
 * errors of connections that break while idle.
 */
export async function connectPostgres(
  connectionString: string,
  max: number,
  onError: (error: Error) => void
): Promise<Connection> {
  // A pooler such as PgBouncer gives each transaction another session. Then every statement runs in a transaction that
  // brings its settings, and none has a name, which other sessions would not know.
  const hasSessions = await keepsSettings(connectionString)
  const pool = new pg.Pool({ ...poolOptions, max, connectionString, ...(hasSessions && asStartup(SETTINGS)) })
  pool.on('error', onError)
  // A connection can break before the code that asked for it can listen for errors. The statement reports the reason.
  pool.on('connect', (connection) => void connection.on('error', () => {}))
  const begin = hasSessions ? 'begin' : beginWith(SETTINGS)
  const queryAlone = (query: pg.QueryConfig, values: unknown[]) =>
    hasSessions
      ? pool.query(query, values)
      : inTransaction(pool, begin, (connection) => connection.query({ ...query, name: undefined }, values))
  const query = (...statement: Parameters<typeof queryAlone>) => retryContention(() => queryAlone(...statement))
  let trees = 0
  const queries = drizzle({ client: Object.create(pool, { query: { value: query } }) as pg.Pool, schema })

  return {
    queries,
    transact: (work) =>
      inTransaction(pool, begin, (connection) => runWork(work, (run) => drizzle({ client: through(run, connection) }))),
    appender: (table) => {
      const append = createAppender(table)
      return async (appended) => {
        const { values, ...statement } = append(appended)
        const { rows } = await query(statement, values)
        return rows.map(({ id }) => Number(id)) // as they were given, because each row takes its id when it is inserted
      }
    },
    treeReader: (levels) => {
      const text = treeQuery(levels)
      const name = `tree_${++trees}`
      return async (ids) => {
        const { rows } = await query({ text, name, rowMode: 'array' } as pg.QueryConfig, [ids])
        return levels.map((_, index) => rows[0]?.[index] ?? [])
      }
    },
    lock: async (tx, name) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${locks[name]})`)
    },
    tryLock: async (tx, name, key) => {
      const lock = key === undefined ? sql`${locks[name]}` : sql`${locks[name]}::int, hashtext(${key})`
      const { rows } = await tx.execute<{ locked: boolean }>(sql`select pg_try_advisory_xact_lock(${lock}) as locked`)
      return rows[0]?.locked === true
    },
    state: () => undefined,
    size: async () => {
      const { rows } = await queries.execute<{ size: string }>(sql`select pg_database_size(current_database()) as size`)
      return Number(rows[0]?.size)
    },
    mayChange: async (table) => {
      const { rows } = await queries.execute<{ may: boolean }>(
        sql`select has_table_privilege(${getTableName(table)}, 'UPDATE, DELETE, TRUNCATE') as may`
      )
      return rows[0]?.may === true
    },
    ping: async () => {
      await queries.execute(sql`update drizzle.__drizzle_migrations set created_at = created_at`)
    },
    checkpoint: async () => true,
    close: () => pool.end()
  }
}

/** Returns SQL that begins a transaction with these settings, which end with it. */
export function beginWith(settings: Settings): string {
  return ['begin', ...Object.entries(settings).map(([name, value]) => `set local ${name} = '${value}'`)].join('; ')
}

/** Returns pg's options for sessions that start with these settings. */
function asStartup(settings: Settings) {
  return {
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' ')
  }
}

/** Whether sessions keep the settings that they start with. Poolers reject or ignore them. */
async function keepsSettings(connectionString: string): Promise<boolean> {
  const statement_timeout = QUERY_PATIENCE - 1 // not what a pooler or the role may have been given
  const connection = new pg.Client({
    ...poolOptions,
    connectionString,
    ...asStartup({ ...SETTINGS, statement_timeout })
  })
  connection.on('error', () => {})
  try {
    await connection.connect()
    const { rows } = await connection.query<{ statement_timeout: string }>('show statement_timeout')
    return rows[0]?.statement_timeout === `${statement_timeout}ms`
  } catch (error) {
    if (REJECTED_STARTUP.test((error as { code?: string }).code ?? '')) return false
    throw error
  } finally {
    await connection.end()
  }
}

// Protocol violation (PgBouncer), or not supported (others).
const REJECTED_STARTUP = /^(08P01|0A000)$/

async function inTransaction<Result>(
  pool: pg.Pool,
  begin: string,
  work: (connection: pg.PoolClient) => Promise<Result>
): Promise<Result> {
  const connection = await pool.connect()
  let broken = false
  const onError = () => {
    broken = true // the running statement fails with the reason; without a listener the process would end
  }
  connection.on('error', onError)
  try {
    await connection.query(begin)
    const result = await work(connection)
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

/** Returns the connection with its queries going through `run`, unnamed: names are for what runs often. */
function through(run: RunStatement, connection: pg.PoolClient): pg.PoolClient {
  const query = (statement: pg.QueryConfig, values: unknown[]) =>
    run(() => connection.query({ ...statement, name: undefined }, values))
  return Object.create(connection, { query: { value: query } })
}
