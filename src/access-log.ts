// Writes the access log: the rows of all requests that finish in the same turn of the event loop in one statement.

import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Database } from './db.ts'
import { access_log } from './tables/access-log.ts'

export type AccessLogRow = typeof access_log.$inferInsert

export const ANONYMOUS = 'Anonymous'
/** Longer paths are cut to this many characters. */
export const PATH_LENGTH = 1000

const BATCH = 100
/** Rows waiting for a database that does not keep up; beyond this a request is refused rather than kept waiting. */
const BACKLOG = 10_000

export interface AccessLog {
  /** Resolves when the row is committed; rejects when it cannot be. */
  write(row: AccessLogRow): Promise<void>
  /** Resolves when no row is waiting. */
  idle(): Promise<void>
}

/** An access log on the table `access_log`. */
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
        // The rest would fail the same way, each batch after a wait of its own.
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

/**
 * The address of the client: with TRUST_PROXY the nearest hop that is no trusted proxy, else the peer of the socket. What a
 * proxy was told is free text, so anything but an IP address is not believed. IPv4 in IPv6 is written as IPv4.
 */
export function clientAddress(request: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  const address = isIP(request.ip) ? request.ip : (request.socket.remoteAddress ?? '')
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** The path of a request target, without query string, in printable ASCII, and cut to `PATH_LENGTH`. */
export function loggedPath(target: string): string {
  const [path = ''] = target.split('?', 1)
  return path
    .replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character.toWellFormed()))
    .slice(0, PATH_LENGTH)
}
