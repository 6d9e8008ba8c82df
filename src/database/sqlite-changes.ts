// Counts the changes of a SQLite database, so that what was read can be kept until it changes.

import type Sqlite from 'better-sqlite3'
import { getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'

/** How Drizzle begins the statements that change a table. */
const CHANGE = /^(?:insert into|update|delete from) "(\w+)"/
/** Each second has changes of these tables, and nothing that is kept depends on them. */
const NOT_COUNTED = 'access_log'

/** Returns the counter of a connection: call `changed` after each statement that writes. */
export function countChanges(sqlite: Sqlite.Database) {
  const dataVersion = sqlite.prepare('PRAGMA data_version').pluck() // counts commits of other connections
  const byTable = new Map<string, number>()
  let seen: unknown
  /** Changes of which nobody knows the table. */
  let unknown = 0
  let all = 0

  function changed(text: string): void {
    const [, table] = CHANGE.exec(text) ?? []
    if (table?.startsWith(NOT_COUNTED)) return
    all++
    if (table === undefined) unknown++
    else byTable.set(table, (byTable.get(table) ?? 0) + 1)
  }

  function countOthers(): void {
    try {
      const version = dataVersion.get()
      if (version === seen) return
      seen = version
    } catch {
      // Locked: something may have changed.
    }
    unknown++
    all++
  }

  /** See `state` in db.ts. */
  function state(tables?: PgTable[]): number {
    countOthers()
    return tables ? tables.reduce((sum, table) => sum + (byTable.get(getTableName(table)) ?? 0), unknown) : all
  }

  return { changed, state }
}
