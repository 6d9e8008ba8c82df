// Requests beyond the limit of a client. Each would cost a row, and so fill the disk at the client's will: the first of a minute
// has a row of its own, the others are counted into one.

import type { AccessLogRow } from './row.ts'

const MINUTE = 60_000 // milliseconds
/** How many clients are counted at once. The rows of others are written one by one. */
const CLIENTS = 5_000

/** Returns the count of refused requests. `write` gets the row of those of a minute. */
export function createFloods(write: (row: AccessLogRow) => Promise<void>) {
  const counts = new Map<string, { last: AccessLogRow | undefined; refused: number; timer: NodeJS.Timeout }>()

  async function end(client: string): Promise<void> {
    const count = counts.get(client)
    counts.delete(client)
    clearTimeout(count?.timer)
    if (count?.last) await write({ ...count.last, more: count.refused > 1 ? count.refused - 1 : null }).catch(() => {})
  }

  return {
    /** Whether the row of a refused request is only counted. The first of a client in a minute is not. */
    counts(client: string, row: AccessLogRow): boolean {
      const count = counts.get(client)
      if (count) {
        count.last = row
        count.refused++
      } else if (counts.size < CLIENTS) {
        counts.set(client, { last: undefined, refused: 0, timer: setTimeout(end, MINUTE, client).unref() })
      }
      return count !== undefined
    },
    /** Writes what has been counted. */
    async close(): Promise<void> {
      await Promise.all([...counts.keys()].map(end))
    }
  }
}
