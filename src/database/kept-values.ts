// Keeps what was read from the database until it changes. SQLite says so with every look; see `state` in db.ts.

import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database } from './db.ts'

/** The values that are known at one moment. */
export interface KnownValues<Key, Value> {
  get(key: Key): Value | undefined
  /** Keeps a value that was read after this moment, unless the database has changed since. Returns whether it did. */
  keep(key: Key, value: Value): boolean
}

/**
 * Returns a function to call before each reading: it returns the values that were kept and are still those of the database. It
 * keeps values up to a total size, until anything changes in the tables that they depend on: by default, all. PostgreSQL does not
 * say whether it has changed, so there nothing is kept.
 */
export function createKeptValues<Key, Value>(
  { connection }: Database,
  { limit, sizeOf = () => 1, tables }: { limit: number; sizeOf?: (value: Value) => number; tables?: PgTable[] }
): () => KnownValues<Key, Value> {
  const kept = new Map<Key, Value>()
  let size = 0
  let keptSince: number | undefined

  return () => {
    const state = connection.state(tables)
    const hasChanged = state !== keptSince
    if (kept.size > 0 && (hasChanged || size > limit)) {
      kept.clear()
      size = 0
    }
    keptSince = state
    // While the database changes all the time, keeping values would cost more than it brings.
    if (state === undefined || hasChanged) return NOTHING
    return {
      get: (key) => kept.get(key),
      keep(key, value) {
        // A change during the reading gives the database a new state, and the next look forgets everything.
        if (state !== keptSince || kept.has(key)) return false
        kept.set(key, value)
        size += sizeOf(value)
        return true
      }
    }
  }
}

const NOTHING = { get: () => undefined, keep: () => false }
