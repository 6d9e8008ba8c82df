// The file of a SQLite database: opens it, notices when it is lost or replaced, and does not begin anew by mistake.

import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { LOCK_PATIENCE } from './transactions.ts'

/** Returns the path that a `file:` URL names. */
export function sqlitePath(databaseUrl: string): string {
  return databaseUrl.startsWith('file://') ? fileURLToPath(databaseUrl) : databaseUrl.slice('file:'.length)
}

/**
 * Opens an existing file in WAL mode, makes it readable by its owner only, and returns its better-sqlite3 connection.
 * Statements fail at once when another process holds the lock: waiting inside SQLite would stop the event loop.
 */
export function openSqliteFile(path: string): Sqlite.Database {
  const sqlite = new Sqlite(path, { timeout: LOCK_PATIENCE, fileMustExist: true })
  chmodSync(path, 0o600) // SQLite gives the files beside it the same rights
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('busy_timeout = 0')
  sqlite.pragma('secure_delete = ON') // overwrites what is deleted
  return sqlite
}

/** Whether a database has been created at this path before. */
export function wasCreated(path: string): boolean {
  return existsSync(markerOf(path))
}

/** Records beside the file that there is a database. From now on, `ensureFile` does not create it again. */
export function markCreated(path: string): void {
  if (wasCreated(path)) return
  const name = basename(path)
  const text = `There is a database in ${name}. If that file is lost, the server does not start with an empty one by itself.
Restore ${name} from a backup, or make an empty database on purpose: npm run db:create
`
  writeFileSync(markerOf(path), text, { mode: 0o600 })
}

/**
 * Creates the file, readable by its owner only, and its folder, if they are missing. Throws when there was a database
 * before: its file was lost, and an empty one would hide that. `anew` creates one all the same.
 */
export function ensureFile(path: string, anew: boolean): void {
  if (sizeOf(path) > 0) return
  const log = `${path}-wal`
  if (sizeOf(log) > 0) {
    throw new Error(`${path} is missing or empty, but ${log} has changes of it. Restore the file, or move both away`)
  }
  if (wasCreated(path) && !anew) {
    throw new Error(
      `${path} is missing or empty, but there was a database. Restore it, or make an empty one: npm run db:create`
    )
  }
  makeFolder(dirname(path))
  closeSync(openSync(path, 'a', 0o600))
}

/**
 * Watches the open file at a path. SQLite does not notice when the path leads to another file, or to none: it commits to
 * a file that nobody finds again. It does not notice damage either in what it has in memory.
 */
export function watchFile(path: string) {
  const log = `${path}-wal`
  const isSame = [path, log].map((file) => {
    const opened = statSync(file)
    return () => {
      const found = statSync(file, { throwIfNoEntry: false })
      return found?.ino === opened.ino && found.dev === opened.dev && (file === log || found.size > 0)
    }
  })
  let damage: unknown

  /** Throws when the file is another one now, or `probe` has found it damaged. Takes about ten microseconds. */
  function check(): void {
    if (damage) throw damage
    if (isSame.every((check) => check())) return
    throw Object.assign(new Error(`${path} was deleted, replaced or emptied`), { code: 'SQLITE_READONLY_DBMOVED' })
  }

  /** Reads and writes the file through a connection of its own, which has nothing in memory. Throws when it cannot. */
  function probe(): void {
    check()
    accessSync(path, constants.R_OK | constants.W_OK) // what is open stays writable, but the next start would fail
    try {
      readAndWrite(path)
    } catch (error) {
      if (/^SQLITE_(CORRUPT|NOTADB)/.test((error as { code: string }).code)) {
        damage = error
      }
      throw error
    }
  }

  return { check, probe }
}

function readAndWrite(path: string): void {
  const sqlite = new Sqlite(path, { timeout: 0, fileMustExist: true })
  try {
    const work = sqlite.transaction(() => {
      sqlite.prepare('SELECT count(*) FROM __drizzle_migrations').get()
      // An UPDATE that changes nothing would write nothing.
      sqlite.pragma(`user_version = ${sqlite.pragma('user_version', { simple: true })}`)
    })
    work.immediate()
  } finally {
    sqlite.close()
  }
}

function markerOf(path: string): string {
  return `${path}.created`
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

// mkdirSync with `recursive` never returns below /proc.
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process was faster
  }
}
