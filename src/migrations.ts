// Brings the database to the schema of this code, when the server starts and by `npm run db:migrate`: all that is
// missing in one transaction, one process at a time. The book-keeping is Drizzle's own, so that its tools agree.

import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import pg from 'pg'
import { type Config, engine } from './config.ts'
import { locks } from './db.ts'
import { poolOptions } from './postgres.ts'
import { openSqliteFile, whenUnlocked } from './sqlite.ts'

/** How long to wait for another process that is migrating, in milliseconds. */
const PATIENCE = 60_000
const FOLDER = `${import.meta.dirname}/../drizzle/${engine}`

/**
 * Applies the missing migrations of `drizzle/<engine>` to the database of the configuration, whole or not at all; gives
 * how many there were. Waits while another process migrates. Throws when the database has been migrated by newer code.
 */
export async function migrate(config: Pick<Config, 'databaseUrl'>, folder = FOLDER): Promise<number> {
  if ((engine === 'postgres') !== config.databaseUrl.startsWith('postgres')) {
    throw new Error(`DATABASE_URL: the tables of this process were built for ${engine}`)
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
  const client = openSqliteFile(databaseUrl)
  try {
    // SQLite rebuilds a table to change it; with foreign keys on, dropping the old one would delete what refers to it.
    client.pragma('foreign_keys = OFF')
    const apply = client.transaction(() => {
      client.exec(
        'CREATE TABLE IF NOT EXISTS __drizzle_migrations (id integer PRIMARY KEY, hash text NOT NULL, created_at numeric)'
      )
      const applied = client.prepare('SELECT hash FROM __drizzle_migrations').pluck().all() as string[]
      const missing = missingFrom(applied, migrations)
      for (const { sql, hash, folderMillis } of missing) {
        for (const statement of sql) client.exec(statement)
        client.prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)').run(hash, folderMillis)
      }
      const orphans = client.pragma('foreign_key_check') as { table: string }[]
      if (orphans[0]) throw new Error(`the migration leaves rows of ${orphans[0].table} that refer to nothing`)
      return missing.length
    })
    return await whenUnlocked(() => apply.immediate(), PATIENCE)
  } finally {
    client.close()
  }
}

async function migratePostgres(connectionString: string, migrations: MigrationMeta[]): Promise<number> {
  const client = new pg.Client({
    ...poolOptions,
    connectionString,
    query_timeout: PATIENCE,
    statement_timeout: PATIENCE,
    idle_in_transaction_session_timeout: PATIENCE
  })
  client.on('error', () => {}) // the statement under way fails with the reason
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [locks.migration])
    await client.query('create schema if not exists drizzle')
    await client.query(
      'create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)'
    )
    const { rows } = await client.query<{ hash: string }>('select hash from drizzle.__drizzle_migrations')
    const missing = missingFrom(
      rows.map((row) => row.hash),
      migrations
    )
    for (const { sql, hash, folderMillis } of missing) {
      for (const statement of sql) await client.query(statement)
      await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
        hash,
        folderMillis
      ])
    }
    await client.query('commit')
    return missing.length
  } finally {
    await client.end() // an unfinished transaction ends with its connection
  }
}

function missingFrom(applied: string[], migrations: MigrationMeta[]): MigrationMeta[] {
  const known = new Set(migrations.map((migration) => migration.hash))
  if (applied.some((hash) => !known.has(hash))) {
    throw new Error(
      'the database has been migrated by a newer version of this server; start that version, or restore a backup'
    )
  }
  return migrations.filter((migration) => !applied.includes(migration.hash))
}
