// The process log: one JSON object per line on standard output. Nothing in it comes from a client or a database row.

import { setTimeout as delay } from 'node:timers/promises'
import { DrizzleQueryError } from 'drizzle-orm'
import pino from 'pino'
import { databaseFailure } from './database/failures.ts'

/** How many bytes may wait for a slow reader or a full disk. Beyond it, lines are dropped. */
const BACKLOG = 1024 * 1024
const FLUSH_PATIENCE = 500 // milliseconds

/** Returns a logger of this level that writes to standard output, or to another destination. */
export function createLogger(level: string, destination: pino.DestinationStream = standardOutput()): pino.Logger {
  return pino({ level, serializers: { err: describeError } }, destination)
}

/** Resolves when everything that was logged is written, or after half a second. */
export async function flushLog(logger: pino.Logger): Promise<void> {
  const written = new Promise<void>((resolve) => logger.flush(() => resolve()))
  await Promise.race([written, delay(FLUSH_PATIENCE)])
}

// Asynchronous, so that neither a slow reader nor a full disk stops the server.
function standardOutput(): pino.DestinationStream {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: BACKLOG })
  destination.on('error', () => {}) // there is nowhere to report it
  // pino calls this when the process exits, and on a full disk it would retry for ever. The server calls flushLog() instead.
  destination.flushSync = () => {}
  return destination
}

// A driver's message quotes the statement with its values, which came from a client.
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
