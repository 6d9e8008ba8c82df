// The process log: one JSON object a line on standard output, without anything that a client or a database row held.

import { setTimeout as delay } from 'node:timers/promises'
import { DrizzleQueryError } from 'drizzle-orm'
import pino from 'pino'
import { databaseFailure } from './db.ts'

/** Bytes of log that may wait for a reader that does not keep up, or a disk that is full; beyond it lines are dropped. */
const BACKLOG = 1024 * 1024
const FLUSH_PATIENCE = 500 // milliseconds

/** A logger of this level that writes to standard output, or to another destination. */
export function createLogger(level: string, destination: pino.DestinationStream = standardOutput()): pino.Logger {
  return pino({ level, serializers: { err: describeError } }, destination)
}

/** Resolves when what was logged is written, or after half a second when it cannot be. */
export async function flushLog(logger: pino.Logger): Promise<void> {
  const written = new Promise<void>((resolve) => logger.flush(() => resolve()))
  await Promise.race([written, delay(FLUSH_PATIENCE)])
}

// Asynchronous: neither a slow reader nor a full disk stops the server.
function standardOutput(): pino.DestinationStream {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: BACKLOG })
  destination.on('error', () => {}) // nowhere is left to report it
  // pino calls this as the process exits; on a full disk it would try for ever. flushLog() is called before.
  destination.flushSync = () => {}
  return destination
}

// A driver's message quotes the statement and its values, that is: what the client sent.
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, stack = '' } = error
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  if (databaseFailure(error) === undefined && !(error instanceof DrizzleQueryError))
    return { type: name, message: error.message, stack: frames }
  const cause = error.cause instanceof Error ? error.cause : error
  const { code, constraint, table } = cause as { code?: string; constraint?: string; table?: string }
  return { type: name, code, constraint, table, failure: databaseFailure(error), stack: frames }
}
