// What all resources do the same way: slices of lists, references between records, and the versions behind ETag and
// If-Match.

import { eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from './database/db.ts'
import { type FieldError, invalidFields } from './errors.ts'

/** Splits up to `limit + 1` rows, sorted by id, into one slice and its `next` cursor (null for the last slice). */
export function paginate<Row extends { id: number }>(rows: Row[], limit: number): [slice: Row[], next: number | null] {
  const slice = rows.slice(0, limit)
  return [slice, rows.length > limit ? (slice.at(-1)?.id ?? null) : null]
}

/** Returns the condition of a list filter, or undefined when the filter is not given. */
export function equalsIfGiven(column: AnyPgColumn, value: string | number | boolean | undefined): SQL | undefined {
  return value === undefined ? undefined : eq(column, value)
}

/** Returns the first row of a statement that always returns one, such as insert … returning. Throws if there is none. */
export function single<Row>(rows: Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('the statement returned no row')
  return row
}

/**
 * Checks that the records a body refers to exist. Takes the table of each reference field. Throws InvalidInput with
 * every field whose record does not exist. If a record is deleted between this check and the write, the foreign key
 * catches it.
 */
export async function requireReferences<Field extends string>(
  db: Database,
  body: { [name in NoInfer<Field>]?: number | null },
  tables: Record<Field, PgTable & { id: AnyPgColumn }>
): Promise<void> {
  const missing: FieldError[] = []
  for (const field of Object.keys(tables) as Field[]) {
    const id = body[field]
    if (id === undefined || id === null) continue
    const table = tables[field]
    if ((await db.$count(table, eq(table.id, id))) === 0)
      missing.push({ field, message: 'refers to a record that does not exist' })
  }
  const [first, ...rest] = missing
  if (first) throw invalidFields([first, ...rest])
}

/**
 * preSerialization hook: sends the version of a record as its ETag (RFC 9110 §8.8.3). The version covers the record's
 * own fields, not the records nested in it. The response schema leaves `version` out of the body.
 */
export function addETag(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void
): void {
  const { version } = payload as { version?: unknown }
  if (typeof version === 'number') reply.header('etag', `"${version}"`)
  done(null, payload)
}

/** Returns what every update sets `version` to: one more than its value in the database. */
export function nextVersion(column: AnyPgColumn): SQL {
  return sql`${column} + 1`
}

/**
 * Returns the condition that `If-Match` sets for a write (RFC 9110 §13.1.1): the version is one of those given.
 * Undefined when the header is absent or `*`.
 */
export function ifMatch(request: Pick<FastifyRequest, 'headers'>, column: AnyPgColumn): SQL | undefined {
  const header = request.headers['if-match']
  if (header === undefined || header.trim() === '*') return undefined
  const versions = header.split(',').flatMap((tag) => /^\s*"([1-9]\d{0,8})"\s*$/.exec(tag)?.[1] ?? [])
  return versions.length > 0 ? inArray(column, versions.map(Number)) : sql`1 = 0`
}
