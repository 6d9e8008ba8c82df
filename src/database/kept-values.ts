// Keeps what was read from the database until it changes. SQLite says so with every look; see `state` in db.ts.

import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database } from './db.ts'

/** Reads the values of these keys. */
type Reader<Key, Value, Result> = (keys: Key[]) => Promise<Map<Key, Value> | Result>

interface Options<Value> {
  /** The total size of the values that are kept. By default each has the size 1. */
  limit: number
  sizeOf?: (value: Value) => number
  /** The tables that the values depend on: by default, all. */
  tables?: PgTable[]
  /** Is called with each value that is kept, and may be returned more than once. */
  onKept?: (value: Value) => void
}

/**
 * Returns a reader that reads only what is not known: it keeps values until anything changes in the tables that they depend on.
 * PostgreSQL does not say whether it has changed, so there everything is read. If `read` returns no map, so does this.
 */
export function keepValues<Key, Value, Result = never>(
  { connection }: Database,
  read: Reader<Key, Value, Result>,
  { limit, sizeOf = () => 1, tables, onKept }: Options<Value>
): Reader<Key, Value, Result> {
  const kept = new Map<Key, Value>()
  let size = 0
  let keptSince: number | undefined

  return async (keys) => {
    const state = connection.state(tables)
    const hasChanged = state !== keptSince
    if (kept.size > 0 && (hasChanged || size > limit)) {
      kept.clear()
      size = 0
    }
    keptSince = state
    // While the database changes all the time, keeping values would cost more than it brings.
    if (state === undefined || hasChanged) return await read(keys)

    const found = new Map<Key, Value>()
    const unknown: Key[] = []
    for (const key of keys) {
      const value = kept.get(key)
      if (value === undefined) unknown.push(key)
      else found.set(key, value)
    }
    if (unknown.length === 0) return found
    const values = await read(unknown)
    if (!(values instanceof Map)) return values
    for (const [key, value] of values) {
      found.set(key, value)
      // A change during the reading gives the database a new state, and the next look forgets everything.
      if (state !== keptSince || kept.has(key)) continue
      kept.set(key, value)
      size += sizeOf(value)
      onKept?.(value)
    }
    return found
  }
}
