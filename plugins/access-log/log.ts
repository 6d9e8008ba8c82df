// Writes the rows of the access log. All requests that finish in the same turn of the event loop share one statement.

import type { Database } from '../../src/database/db.ts'
import { access_log } from '../../src/tables/access-log.ts'

export type AccessLogRow = typeof access_log.$inferInsert

/** The user name in the row of a request whose sender is not known. */
export const ANONYMOUS = 'Anonymous'

const BATCH = 100
/** How many rows may wait for a slow database. Beyond it, requests fail at once instead of waiting. */
const BACKLOG = 10_000

export interface AccessLog {
  /** Resolves when the row is committed; rejects when it cannot be. */
  write(row: AccessLogRow): Promise<void>
  /** Resolves when no row is waiting. */
  idle(): Promise<void>
}

/** Returns the access log of a database. */
export function createAccessLog(db: Database): AccessLog {
  type Entry = { row: AccessLogRow; committed: () => void; failed: (error: unknown) => void }
  const append = db.connection.appender(access_log)
  let waiting: Entry[] = []
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    await new Promise(setImmediate) // the other requests of this turn join the batch
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH)
      try {
        await append(batch.map((entry) => entry.row))
        for (const entry of batch) entry.committed()
      } catch (error) {
        // The other batches would fail in the same way, each after another wait.
        for (const entry of [...batch, ...waiting]) entry.failed(error)
        waiting = []
      }
    }
    writing = undefined
  }

  return {
    write(row) {
      if (waiting.length >= BACKLOG) return Promise.reject(new Error('too many access-log rows are waiting'))
      return new Promise((committed, failed) => {
        waiting.push({ row, committed, failed })
        writing ??= writeAll()
      })
    },
    idle: async () => {
      await writing
    }
  }
}
