// What an error of a database driver means. Its message never reaches a client: it quotes the statement and its values.

/**
 * `unique`: the record already exists.
 * `reference`: it refers to a record that does not exist, or another record refers to it.
 * `value`: a value is not of the type that it is compared with.
 * `contention`: another transaction was in the way; a retry can succeed.
 * `unavailable`: the database cannot be reached or written now.
 */
export type DatabaseFailure = 'unique' | 'reference' | 'value' | 'contention' | 'unavailable' | 'other'

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

/**
 * Returns the columns whose values, together, a record already has, for an error of the kind `unique`. Empty when the driver
 * does not name them, or when it is something computed from columns that must be unique.
 */
export function repeatedColumns(error: unknown): string[] {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, detail = '', message } = cause as { code?: unknown; detail?: string; message: string }
    if (code === '23505') return plainNames(POSTGRES_KEY.exec(detail)?.[1])
    if (typeof code === 'string' && code.startsWith('SQLITE_CONSTRAINT_'))
      return plainNames(SQLITE_KEY.exec(message)?.[1])
  }
  return []
}

// "Key (name, room)=(…) already exists.", translated. What follows the names are the values, which nobody may see.
const POSTGRES_KEY = /^[^(]*\((.+?)\)=\(/
const SQLITE_KEY = /^UNIQUE constraint failed: (.+)$/

function plainNames(list = ''): string[] {
  const names = list.split(', ').map((name) => name.replace(/^\w+\.|"/g, ''))
  return names.every((name) => /^\w+$/.test(name)) ? names : []
}

const FAILURES: [RegExp, DatabaseFailure][] = [
  [/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID)$|^23505$/, 'unique'],
  [/^SQLITE_CONSTRAINT_(FOREIGNKEY|TRIGGER)$|^23503$|^23001$/, 'reference'],
  [/^22/, 'value'],
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
