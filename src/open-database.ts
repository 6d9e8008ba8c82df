// Opens the database on the engine that its address names.

import type { Config } from './config.ts'
import type { Database } from './db.ts'
import { connectPostgres } from './postgres.ts'
import { connectSqlite } from './sqlite.ts'

/** Opens the database of `config.databaseUrl`. Throws when its file or server cannot be reached or read. */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'databaseConnections' | 'sqliteSynchronous'>,
  onError: (error: Error) => void
): Promise<Database> {
  const connection = config.databaseUrl.startsWith('file:')
    ? connectSqlite(config.databaseUrl, config.sqliteSynchronous)
    : connectPostgres(config.databaseUrl, config.databaseConnections, onError)
  return Object.assign(connection.queries, { connection })
}
