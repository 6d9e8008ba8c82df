// The process log: one JSON object per line on standard output. Nothing in it comes from a client or a database row.

import { writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { DrizzleQueryError } from 'drizzle-orm'
import type { FastifyBaseLogger } from 'fastify'
import pino from 'pino'
import { databaseFailure } from './database/failures.ts'

/** How many bytes may wait for a slow reader or a full disk. Beyond it, lines are dropped. */
const BACKLOG = 1024 * 1024
const STANDARD_ERROR = 2
const FLUSH_PATIENCE = 500 // milliseconds

/** Returns a logger of this level that writes to standard output, or to another destination. */
export function createLogger(level: string, destination: pino.DestinationStream = standardOutput()): pino.Logger {
  return pino({ level, serializers: { err: describeError } }, destination)
}

/**
 * Fastify's `childLoggerFactory`: the logger of a request. It is made when the request first logs something, because most
 * never do.
 */
export function createRequestLogger(parent: FastifyBaseLogger, bindings: Bindings): FastifyBaseLogger {
  return new RequestLogger(parent, bindings) as unknown as FastifyBaseLogger
}

class RequestLogger {
  #parent: FastifyBaseLogger
  #bindings: Bindings
  #logger: FastifyBaseLogger | undefined

  constructor(parent: FastifyBaseLogger, bindings: Bindings) {
    this.#parent = parent
    this.#bindings = bindings
  }

  get #made(): FastifyBaseLogger {
    this.#logger ??= this.#parent.child(this.#bindings)
    return this.#logger
  }

  get level() {
    return this.#made.level
  }

  fatal(...line: Line) {
    this.#made.fatal(...line)
  }

  error(...line: Line) {
    this.#made.error(...line)
  }

  warn(...line: Line) {
    this.#made.warn(...line)
  }

  info(...line: Line) {
    this.#made.info(...line)
  }

  debug(...line: Line) {
    this.#made.debug(...line)
  }

  trace(...line: Line) {
    this.#made.trace(...line)
  }

  silent() {}

  child(bindings: Bindings) {
    return this.#made.child(bindings)
  }
}

type Bindings = Parameters<FastifyBaseLogger['child']>[0]
type Line = [fields: object, message: string]

/** Resolves when everything that was logged is written, or after half a second. */
export async function flushLog(logger: pino.Logger): Promise<void> {
  const written = new Promise<void>((resolve) => logger.flush(() => resolve()))
  await Promise.race([written, delay(FLUSH_PATIENCE)])
}

/**
 * Writes a line that must not get lost to standard error, in the format of the process log and whatever its level. It is
 * written at once, so neither a full buffer nor the end of the process can drop it. The price: the server stands still
 * while nobody reads a full pipe. So this is for what must never happen, such as a request without a row.
 */
export function logForCertain(fields: object, error: unknown, msg: string): void {
  const { stack, ...err } = describeError(error) as { stack?: string[] }
  try {
    writeSync(STANDARD_ERROR, `${JSON.stringify({ level: 50, time: Date.now(), ...fields, err, msg })}\n`)
  } catch {
    // The reader is gone, or the disk is full. There is nowhere else to write it.
  }
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
