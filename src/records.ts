// What the resources share: pages, references between records, and the versions behind ETag and If-Match.

import { eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { FastifyRequest } from 'fastify'
import type { Database } from './db.ts'
import { type FieldError, invalidFields } from './errors.ts'

/** The records of a page and its `next`, from up to `limit + 1` rows in the order of their ids. */
export function page<Row extends { id: number }>(rows: Row[], limit: number): [rows: Row[], next: number | null] {
  const shown = rows.slice(0, limit)
  return [shown, rows.length > limit ? (shown.at(-1)?.id ?? null) : null]
}

/** The condition that a filter puts on a list: none when it is not given. */
export function matches(column: AnyPgColumn, value: string | number | boolean | undefined): SQL | undefined {
  return value === undefined ? undefined : eq(column, value)
}

/** The row of a statement that always gives one, such as insert … returning. */
export function only<Row>(rows: Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('a statement gave no row')
  return row
}

/**
 * Throws a 400 that names every field of `body` whose record does not exist. Takes the table that each field refers to.
 * A record that goes between this look and the write is left to the foreign key.
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

/** The ETag of a record: its version. It tells whether the record's own fields have changed, not those nested in it. */
export function etag(record: { version: number }): string {
  return `"${record.version}"`
}

/** One more than the version in the database: what every update sets. */
export function nextVersion(column: AnyPgColumn): SQL {
  return sql`${column} + 1`
}

/** The condition that `If-Match` puts on a write: one of these versions, or none when the header is absent or `*` (RFC 9110 §13.1.1). */
export function ifMatch(request: Pick<FastifyRequest, 'headers'>, column: AnyPgColumn): SQL | undefined {
  const header = request.headers['if-match']
  if (header === undefined || header.trim() === '*') return undefined
  const versions = header.split(',').flatMap((tag) => /^\s*"([1-9]\d{0,8})"\s*$/.exec(tag)?.[1] ?? [])
  return versions.length > 0 ? inArray(column, versions.map(Number)) : sql`1 = 0`
}
