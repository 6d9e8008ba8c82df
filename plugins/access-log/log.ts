// Writes the rows of the access log. All requests that finish in the same turn of the event loop share one statement.

import { hostname } from 'node:os'
import type { Database } from '../../src/database/db.ts'
import { logForCertain } from '../../src/logger.ts'
import { access_log } from '../../src/tables/access-log.ts'
import type { AccessLogRow, NumberedRow } from './row.ts'
import { createSealer, type Sealer } from './seals.ts'

const BATCH = 100
/** How many turns of the event loop a batch waits for more rows: as many as a request takes that only reads. */
const TURNS = 3
/** How many rows may wait for a slow database, those of running requests included. */
const PLACES = 10_000

/** How many logs this process has begun. */
let logs = 0

export interface AccessLog {
  /** Names this log among all that were ever written: the host, the process, and when it began. */
  writer: string
  /**
   * Takes a place for a row that will be written later. Returns false when there is none left. A request must have its
   * place before its handler runs: afterwards, when a change is made, it is too late to refuse it.
   */
  reserve(): boolean
  /** Gives a place back whose row will not be written. */
  release(): void
  /** Resolves when the row is committed; rejects when it cannot be. A row with a reserved place always may wait. */
  write(row: AccessLogRow, reserved?: boolean): Promise<void>
  /** Resolves when no row is waiting. */
  idle(): Promise<void>
  /** Writes and seals what is waiting. */
  close(): Promise<void>
  /** Its `start` must have been called before a row is written. */
  sealer: Sealer
  /** Reports every waiting row as lost. For a process that must end now. */
  abandon(): void
}

/**
 * Returns the access log of a database. Rows are sealed with `key`; if that fails, it is tried again, and `report` gets the
 * error.
 */
export function createAccessLog(db: Database, key: string, report: (error: unknown) => void): AccessLog {
  type Entry = { row: NumberedRow; committed: () => void; failed: (error: unknown) => void }
  const append = db.connection.appender(access_log)
  const writer = `${hostname()}:${process.pid}:${Date.now().toString(36)}.${++logs}`
  const sealer = createSealer(db, writer, key, report)
  let places = 0
  let waiting: Entry[] = []
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    // Other requests that are nearly done join the batch, because each commit waits for the disk.
    for (let turn = 0; turn < TURNS; turn++) {
      await new Promise(setImmediate)
      if (waiting.length >= Math.min(places, BATCH)) break
    }
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      try {
        const ids = await append(batch.map(({ row }) => row))
        waiting = waiting.slice(batch.length)
        places -= batch.length
        for (const [index, { row, committed }] of batch.entries()) {
          row.id = ids[index] as number
          committed()
        }
        sealer.add(batch.map(({ row }) => row))
      } catch (error) {
        sealer.doubt(batch.map(({ row }) => row))
        fail(error) // the other batches would fail in the same way, each after another wait
      }
    }
    writing = undefined
  }

  function fail(error: unknown): void {
    const lost = waiting
    waiting = []
    places -= lost.length
    for (const { row, failed } of lost) {
      reportLoss(row, error)
      failed(error)
    }
  }

  function reserve(): boolean {
    if (places >= PLACES || sealer.isFull()) return false
    places++
    return true
  }

  return {
    reserve,
    release: () => void places--,
    writer,
    sealer,
    write(row, reserved = false) {
      if (!reserved && !reserve()) {
        const error = new Error('too many access-log rows are waiting')
        reportLoss(row, error)
        return Promise.reject(error)
      }
      return new Promise((committed, failed) => {
        waiting.push({ row: { ...row, id: 0, instance: writer }, committed, failed })
        writing ??= writeAll()
      })
    },
    idle: async () => {
      await writing
    },
    async close() {
      await writing
      await sealer.close()
    },
    abandon: () => fail(new Error('the process had to end'))
  }
}

// The last trace of a request. It names the user, although the process log otherwise never does.
function reportLoss({ username, address, method, path, status, request_id }: AccessLogRow, error: unknown): void {
  logForCertain({ username, address, method, path, status, reqId: request_id }, error, 'access-log row lost')
}
