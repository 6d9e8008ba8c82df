// Migrates a SQLite file. SQLite can hardly change a table, so a migration copies its rows into a new one. That would forget
// which ids were used, and skip the check of foreign keys. This file takes care of both.

import type Sqlite from 'better-sqlite3'
import type { MigrationMeta } from 'drizzle-orm/migrator'
import { watchChangesInSqlite } from '../search/searchable.ts'
import { refuseChangesInSqlite } from './append-only.ts'
import { searchables } from './db.ts'
import { whenUnlocked } from './sqlite.ts'
import { ensureFile, markCreated, openSqliteFile, wasCreated } from './sqlite-file.ts'

export interface SqliteOptions {
  /** Create the file even if one was there before and was lost. */
  anew: boolean
  /** How long to wait while another process migrates, in milliseconds. */
  patience: number
  /** Receives what is wrong with the rows but does not prevent the start. */
  warn: (message: string) => void
}

/**
 * Applies the migrations that `missingFrom` returns for the hashes of the applied ones, all or none, and returns how many
 * they were. Throws when the file is lost or belongs to another program, or when rows refer to rows that a migration
 * deleted.
 */
export async function migrateSqlite(
  path: string,
  missingFrom: (applied: string[]) => MigrationMeta[],
  { anew, patience, warn }: SqliteOptions
): Promise<number> {
  const mustHaveTables = wasCreated(path) && !anew
  ensureFile(path, anew)
  const connection = openSqliteFile(path)
  try {
    connection.pragma('foreign_keys = OFF') // dropping the old copy of a table would delete what refers to it
    const apply = connection.transaction(() => {
      requireOwnTables(connection, path, mustHaveTables)
      connection.exec(
        'CREATE TABLE IF NOT EXISTS __drizzle_migrations (id integer PRIMARY KEY, hash text NOT NULL, created_at numeric)'
      )
      const applied = connection.prepare('SELECT hash FROM __drizzle_migrations').pluck().all() as string[]
      const missing = missingFrom(applied)
      const before = countOrphans(connection)
      for (const [table, count] of before) warn(`${count} row(s) of ${table} refer to rows that do not exist`)
      if (missing.length === 0) {
        addTriggers(connection)
        return 0
      }

      executeKeepingIds(
        connection,
        missing.flatMap(({ sql }) => sql)
      )
      const insert = connection.prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)')
      for (const { hash, folderMillis } of missing) insert.run(hash, folderMillis)
      for (const [table, count] of countOrphans(connection)) {
        if (count > (before.get(table) ?? 0))
          throw new Error(`after the migration, rows of ${table} refer to rows that do not exist`)
      }
      addTriggers(connection)
      return missing.length
    })
    const count = await whenUnlocked(() => apply.immediate(), patience)
    markCreated(path)
    return count
  } finally {
    connection.close()
  }
}

function addTriggers(connection: Sqlite.Database): void {
  refuseChangesInSqlite(connection)
  watchChangesInSqlite(connection, searchables)
}

function requireOwnTables(connection: Sqlite.Database, path: string, mustHaveTables: boolean): void {
  const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
  if (tables.includes('__drizzle_migrations') || (tables.length === 0 && !mustHaveTables)) return
  throw new Error(
    `${path} is not a database of this server. Restore the right file; or move this one away and run: npm run db:create`
  )
}

/** Executes statements. An id that a table has used is not used again, even if the statements rebuild the table. */
function executeKeepingIds(connection: Sqlite.Database, statements: string[]): void {
  const used = new Map<string, number>()
  const remember = () => {
    if (!connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get()) return
    const rows = connection.prepare('SELECT name, seq FROM sqlite_sequence').all() as { name: string; seq: number }[]
    for (const { name, seq } of rows) used.set(name, Math.max(seq, used.get(name) ?? 0))
  }
  for (const statement of statements) {
    remember()
    connection.exec(statement)
  }
  const find = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'")
  for (const [name, seq] of used) {
    if (!find.get(name)) continue
    const { changes } = connection.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?').run(seq, name)
    if (changes === 0) connection.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, seq)
  }
}

/** Returns, for each table that has rows which refer to rows that do not exist, their number. */
function countOrphans(connection: Sqlite.Database): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { table } of connection.pragma('foreign_key_check') as { table: string }[])
    counts.set(table, (counts.get(table) ?? 0) + 1)
  return counts
}
