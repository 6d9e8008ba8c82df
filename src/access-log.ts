// Writes the access log: the rows of all requests that finish in the same turn of the event loop in one statement.

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddress from '@fastify/proxy-addr'
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
 * A function that gives the address of the client of a request: the nearest hop that is no trusted proxy (addresses or
 * CIDR ranges), else the peer of the socket. What a proxy was told is free text, so anything but an IP address is not
 * believed. IPv4 in IPv6 is written as IPv4.
 */
export function createClientAddress(trusted: readonly string[]) {
  const trust = proxyAddress.compile([...trusted])
  return (request: Pick<IncomingMessage, 'socket' | 'headers'>): string => {
    const peer = request.socket.remoteAddress ?? ''
    const told = trusted.length > 0 ? proxyAddress(request as IncomingMessage, trust) : peer
    const address = isIP(told) && told.length <= ADDRESS_LENGTH && !told.includes('%') ? told : peer
    return address.replace(/^::ffff:(?=\d+\.)/i, '')
  }
}

/** The longest textual form of an IPv6 address (RFC 4291 §2.2). */
const ADDRESS_LENGTH = 45

/** A request target as routes know it: without the origin of its absolute form (RFC 9112 §3.2.2), without fragment. */
export function originForm(target: string): string {
  const [path = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split('#', 1)
  return path.startsWith('?') || path === '' ? `/${path}` : path
}

/** The path of a request target without its query string, other than printable ASCII encoded, cut to `PATH_LENGTH`. */
export function loggedPath(target: string): string {
  const [path = ''] = originForm(target).split('?', 1)
  // Node gives each byte of the request line as one character.
  const encode = (byte: string) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  return path.replace(/[^\x21-\x7e]/g, encode).slice(0, PATH_LENGTH)
}
