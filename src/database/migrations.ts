// Migrates the database to the tables of this code, when the server starts and by `npm run db:migrate`. All missing
// migrations run in one transaction, and one process migrates at a time. Drizzle's own migrator is not used: it takes no
// lock. Applied migrations are recorded in Drizzle's table, so that its tools work.

import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import pg from 'pg'
import { type Config, engine } from '../config.ts'
import { watchChangesInPostgres } from '../search/searchable.ts'
import { refuseChangesInPostgres } from './append-only.ts'
import { locks, searchables } from './db.ts'
import { beginWith, poolOptions } from './postgres.ts'
import { sqlitePath } from './sqlite-file.ts'
import { migrateSqlite, type SqliteOptions } from './sqlite-migrations.ts'

/** How long to wait while another process migrates, in milliseconds. */
const PATIENCE = 60_000
/** How long a statement of a migration may take, in milliseconds: a table can have a billion rows. */
const STATEMENT_LIMIT = 3_600_000
const FOLDER = `${import.meta.dirname}/../../drizzle/${engine}`

/** `folder` contains the migrations. */
type Options = Partial<Pick<SqliteOptions, 'anew' | 'warn'> & { folder: string }>

/**
 * Applies the missing migrations of `drizzle/<engine>` to the database of the configuration, all or none, and returns how
 * many they were. Waits while another process migrates. Throws when newer code has migrated the database, or when a
 * SQLite file is lost or belongs to another program.
 */
export async function migrate(
  config: Pick<Config, 'databaseUrl'>,
  { folder = FOLDER, anew = false, warn = () => {} }: Options = {}
): Promise<number> {
  if ((engine === 'postgres') !== config.databaseUrl.startsWith('postgres')) {
    throw new Error(`DATABASE_URL: the tables of this process are those of ${engine}`)
  }
  const migrations = readMigrationFiles({ migrationsFolder: folder })
  const missingFrom = (applied: string[]) => missing(applied, migrations)
  try {
    return engine === 'postgres'
      ? await migratePostgres(config.databaseUrl, missingFrom)
      : await migrateSqlite(sqlitePath(config.databaseUrl), missingFrom, { anew, warn, patience: PATIENCE })
  } catch (error) {
    const { message, code } = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException
    throw new Error(`DATABASE_URL: ${message || code}`, { cause: error })
  }
}

async function migratePostgres(
  connectionString: string,
  missingFrom: (applied: string[]) => MigrationMeta[]
): Promise<number> {
  const connection = new pg.Client({ ...poolOptions, connectionString, query_timeout: STATEMENT_LIMIT })
  connection.on('error', () => {}) // the running statement fails with the reason
  await connection.connect()
  try {
    await connection.query(
      beginWith({
        statement_timeout: STATEMENT_LIMIT,
        lock_timeout: PATIENCE,
        idle_in_transaction_session_timeout: PATIENCE,
        TimeZone: 'UTC'
      })
    )
    await connection.query('select pg_advisory_xact_lock($1)', [locks.migration])
    await createRecord(connection)
    const { rows } = await connection.query<{ hash: string }>('select hash from drizzle.__drizzle_migrations')
    const missing = missingFrom(rows.map((row) => row.hash))
    for (const { sql, hash, folderMillis } of missing) {
      for (const statement of sql) await connection.query(statement)
      await connection.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
        hash,
        folderMillis
      ])
    }
    await refuseChangesInPostgres(connection)
    await watchChangesInPostgres(connection, searchables)
    await connection.query('commit')
    return missing.length
  } finally {
    await connection.end() // rolls back an unfinished transaction
  }
}

/** Creates the table of the applied migrations, unless it exists: a role that may not create tables can start the server. */
async function createRecord(connection: pg.Client): Promise<void> {
  const { rows } = await connection.query("select to_regclass('drizzle.__drizzle_migrations') as found")
  if (rows[0]?.found) return
  await connection.query('create schema if not exists drizzle')
  await connection.query(
    'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)'
  )
}

function missing(applied: string[], migrations: MigrationMeta[]): MigrationMeta[] {
  const known = new Set(migrations.map((migration) => migration.hash))
  if (applied.some((hash) => !known.has(hash))) {
    throw new Error('a newer version of this server has migrated the database. Start that version, or restore a backup')
  }
  return migrations.filter((migration) => !applied.includes(migration.hash))
}
