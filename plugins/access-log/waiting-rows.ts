// Rows that wait for their seal: what the entry of the chain will say of them, and their counts. The rows themselves are not
// kept. Each would live for a second, and thousands of them make the collection of garbage expensive.

import { type Content, digestOf, formatIds } from './chain.ts'
import { createHourCounts, type HourCount } from './hours.ts'
import type { NumberedRow } from './row.ts'

/** How many rows an entry seals at most. */
export const ENTRY_ROWS = 1_000

export interface WaitingRows {
  add(row: NumberedRow): void
  /** How many rows there are. */
  size(): number
  /** The id of the last row, or 0. */
  lastId(): number
  /** Returns what an entry says of the rows. Without a key it has no digests, which would prove nothing. */
  content(): Content
  counts(): HourCount[]
}

/** Returns rows that wait for an entry which is sealed with `key`. They must be added in the order of their ids. */
export function createWaitingRows(key: string, rows: NumberedRow[] = []): WaitingRows {
  const ids: number[] = []
  const hours = createHourCounts()
  let digests = ''
  let time = ''

  function add(row: NumberedRow): void {
    ids.push(row.id)
    if (key !== '') digests += digestOf(row)
    if (row.time > time) time = row.time
    hours.add(row)
  }

  for (const row of rows) add(row)
  const lastId = () => ids.at(-1) ?? 0
  return {
    add,
    size: () => ids.length,
    lastId,
    content: () => ({ time, ids: formatIds(ids), last_id: lastId(), digests: key === '' ? null : digests }),
    counts: hours.list
  }
}

/** Returns a queue of rows, in which as many wait together as an entry seals. */
export function createRowQueue(key: string) {
  const queue: WaitingRows[] = []
  return {
    add(row: NumberedRow): void {
      const last = queue.at(-1)
      if (last && last.size() < ENTRY_ROWS) last.add(row)
      else queue.push(createWaitingRows(key, [row]))
    },
    /** Returns the first rows, to which none are added any more. Throws when there are none. */
    take(): WaitingRows {
      const first = queue.shift()
      if (!first) throw new Error('no row waits for its seal')
      return first
    }
  }
}
