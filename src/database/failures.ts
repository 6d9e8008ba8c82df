// What an error of a database driver means. Its message never reaches a client: it quotes the statement and its values.

/**
 * `unique`: the record already exists.
 * `reference`: it refers to a record that does not exist, or another record refers to it.
 * `contention`: another transaction was in the way; a retry can succeed.
 * `unavailable`: the database cannot be reached or written now.
 */
export type DatabaseFailure = 'unique' | 'reference' | 'contention' | 'unavailable' | 'other'

/** Returns the kind of database failure that an error, or an error that it wraps, is; undefined if it is none. */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string') {
      const known = FAILURES.find(([pattern]) => pattern.test(code))
      if (known) return known[1]
    }
    if (CONNECTION_MESSAGES.test(cause.message)) return 'unavailable'
    if (cause.name === 'AggregateError') {
      return databaseFailure((cause as AggregateError).errors[0])
    }
  }
  return undefined
}

const FAILURES: [RegExp, DatabaseFailure][] = [
  [/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID)$|^23505$/, 'unique'],
  [/^SQLITE_CONSTRAINT_(FOREIGNKEY|TRIGGER)$|^23503$|^23001$/, 'reference'],
  [/^40001$|^40P01$|^SQLITE_BUSY_SNAPSHOT$/, 'contention'],
  [/^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM)/, 'unavailable'],
  // PostgreSQL: connection, sign-in, resources, shutdown, cancelled by a time-out, lock not available, read-only, I/O.
  [/^(08|28|53|57|58)|^3D000$|^55P03$|^25006$|^25P0[234]$|^XX/, 'unavailable'],
  [/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/, 'unavailable'],
  [/^SQLITE_|^[0-9A-Z]{5}$/, 'other']
]

// The drivers throw these without a code.
const CONNECTION_MESSAGES =
  /^(The database connection is not open|Cannot use a pool after|Connection terminated|timeout exceeded when trying to connect|Query read timeout|timeout expired|Client (was closed|has encountered a connection error))/
