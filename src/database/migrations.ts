// Migrates the database to the tables of this code, when the server starts and by `npm run db:migrate`. All missing
// migrations run in one transaction, and one process migrates at a time. Drizzle's own migrator is not used: it takes no
// lock. Applied migrations are recorded in Drizzle's table, so that its tools work.

import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import pg from 'pg'
import { type Config, engine } from '../config.ts'
import { locks } from './db.ts'
import { poolOptions } from './postgres.ts'
import { openSqliteFile, whenUnlocked } from './sqlite.ts'

/** How long to wait while another process migrates, in milliseconds. */
const PATIENCE = 60_000
const FOLDER = `${import.meta.dirname}/../../drizzle/${engine}`

/**
 * Applies the missing migrations of `drizzle/<engine>` to the database of the configuration, all or none, and returns how
 * many they were. Waits while another process migrates. Throws when newer code has migrated the database.
 */
export async function migrate(config: Pick<Config, 'databaseUrl'>, folder = FOLDER): Promise<number> {
  if ((engine === 'postgres') !== config.databaseUrl.startsWith('postgres')) {
    throw new Error(`DATABASE_URL: the tables of this process are those of ${engine}`)
  }
  const migrations = readMigrationFiles({ migrationsFolder: folder })
  try {
    return engine === 'postgres'
      ? await migratePostgres(config.databaseUrl, migrations)
      : await migrateSqlite(config.databaseUrl, migrations)
  } catch (error) {
    const { message, code } = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException
    throw new Error(`DATABASE_URL: ${message || code}`, { cause: error })
  }
}

async function migrateSqlite(databaseUrl: string, migrations: MigrationMeta[]): Promise<number> {
  const connection = openSqliteFile(databaseUrl)
  try {
    // To change a table, SQLite rebuilds it. With foreign keys on, dropping the old one would delete what refers to it.
    connection.pragma('foreign_keys = OFF')
    const apply = connection.transaction(() => {
      connection.exec(
        'CREATE TABLE IF NOT EXISTS __drizzle_migrations (id integer PRIMARY KEY, hash text NOT NULL, created_at numeric)'
      )
      const applied = connection.prepare('SELECT hash FROM __drizzle_migrations').pluck().all() as string[]
      const missing = missingFrom(applied, migrations)
      for (const { sql, hash, folderMillis } of missing) {
        for (const statement of sql) connection.exec(statement)
        connection.prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)').run(hash, folderMillis)
      }
      const orphans = connection.pragma('foreign_key_check') as { table: string }[]
      if (orphans[0])
        throw new Error(`after the migration, rows of ${orphans[0].table} refer to rows that do not exist`)
      return missing.length
    })
    return await whenUnlocked(() => apply.immediate(), PATIENCE)
  } finally {
    connection.close()
  }
}

async function migratePostgres(connectionString: string, migrations: MigrationMeta[]): Promise<number> {
  const connection = new pg.Client({
    ...poolOptions,
    connectionString,
    query_timeout: PATIENCE,
    statement_timeout: PATIENCE,
    idle_in_transaction_session_timeout: PATIENCE
  })
  connection.on('error', () => {}) // the running statement fails with the reason
  await connection.connect()
  try {
    await connection.query('begin')
    await connection.query('select pg_advisory_xact_lock($1)', [locks.migration])
    await connection.query('create schema if not exists drizzle')
    await connection.query(
      'create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)'
    )
    const { rows } = await connection.query<{ hash: string }>('select hash from drizzle.__drizzle_migrations')
    const missing = missingFrom(
      rows.map((row) => row.hash),
      migrations
    )
    for (const { sql, hash, folderMillis } of missing) {
      for (const statement of sql) await connection.query(statement)
      await connection.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
        hash,
        folderMillis
      ])
    }
    await connection.query('commit')
    return missing.length
  } finally {
    await connection.end() // rolls back an unfinished transaction
  }
}

function missingFrom(applied: string[], migrations: MigrationMeta[]): MigrationMeta[] {
  const known = new Set(migrations.map((migration) => migration.hash))
  if (applied.some((hash) => !known.has(hash))) {
    throw new Error('a newer version of this server has migrated the database. Start that version, or restore a backup')
  }
  return migrations.filter((migration) => !applied.includes(migration.hash))
}
