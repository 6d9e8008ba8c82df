// Opens the database on the engine that DATABASE_URL names.

import type { Config } from '../config.ts'
import type { Database } from './db.ts'
import { connectPostgres } from './postgres.ts'
import { connectSqlite } from './sqlite.ts'

/**
 * Opens the database of `config.databaseUrl`. `onError` receives the errors of connections that break while idle.
 * Throws when the database cannot be opened.
 */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'databaseConnections' | 'sqliteSynchronous'>,
  onError: (error: Error) => void
): Promise<Database> {
  const connection = config.databaseUrl.startsWith('file:')
    ? connectSqlite(config.databaseUrl, config.sqliteSynchronous)
    : await connectPostgres(config.databaseUrl, config.databaseConnections, onError)
  return Object.assign(connection.queries, { connection })
}
