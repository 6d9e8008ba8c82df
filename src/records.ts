// What all resources do the same way: filters, references between records, and the versions behind If-Match.

import { isDeepStrictEqual } from 'node:util'
import type { TObject } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { FastifyRequest } from 'fastify'
import type { Database } from './database/db.ts'
import { isInList, listValue } from './database/expressions.ts'
import { entityTags, versionOf } from './entity-tags.ts'
import { type FieldError, invalidFields } from './errors.ts'
import type { RecordTable } from './nested.ts'
import { MAX_BATCH } from './schemas.ts'

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

type References<Field extends string> = { [name in Field]?: number | null }

/**
 * Checks that the records a body, or each body of a list, refers to exist for the caller. Takes the table of each reference
 * field, and a function that returns the condition that the caller may see a record of a table: `app.visibleTo`. Throws
 * InvalidInput with every field whose record does not exist; in a list, after its place: `3.room_id`. If a record is deleted
 * between this check and the write, the foreign key catches it.
 */
export async function requireReferences<Field extends string>(
  db: Pick<Database, 'select'>,
  body: References<NoInfer<Field>> | References<NoInfer<Field>>[],
  tables: Record<Field, RecordTable>,
  visible: (table: RecordTable) => SQL | undefined
): Promise<void> {
  const isList = Array.isArray(body)
  const bodies = isList ? body : [body]
  const missing: FieldError[] = []
  for (const field of Object.keys(tables) as Field[]) {
    const unknown = new Set(bodies.flatMap((one) => one[field] ?? []))
    if (unknown.size === 0) continue
    const table = tables[field]
    const isGiven = isInList(table.id, sql.param(listValue([...unknown])))
    const rows = await db
      .select({ id: table.id })
      .from(table as PgTable)
      .where(and(isGiven, visible(table)))
    for (const { id } of rows) unknown.delete(id as number)
    for (const [place, one] of bodies.entries()) {
      if (!unknown.has(one[field] as number)) continue
      missing.push({ field: isList ? `${place}.${field}` : field, message: 'refers to a record that does not exist' })
    }
  }
  const [first, ...rest] = missing.slice(0, MAX_BATCH)
  if (first) throw invalidFields([first, ...rest])
}

/**
 * Returns the fields of an update that can be changed: those of `body`, the schema of a creation. Other fields of the record
 * may be sent as they were read. Takes the schema of the record, and how to read it as it is now. Throws InvalidInput with
 * the fields that differ.
 */
export async function changesIn<Fields extends object>(
  fields: Fields,
  body: TObject,
  record: TObject,
  read: () => Promise<object>
): Promise<Fields> {
  const fixed = Object.entries(fields).filter(([name]) => !(name in body.properties))
  if (fixed.length === 0) return fields
  const current = Value.Clean(record, structuredClone(await read())) as Record<string, unknown>
  const changed = fixed.filter(([name, value]) => !isDeepStrictEqual(value, current[name]))
  const [first, ...rest] = changed.map(([field]) => ({ field, message: 'cannot be changed' }))
  if (first) throw invalidFields([first, ...rest])
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name in body.properties)) as Fields
}

/** A client chooses the fields of an update, so the number of different statements must have a limit. */
const BUILT_LIMIT = 100

/**
 * Returns a function that writes new values into the record with an id, if it meets the condition, and raises its version by
 * one. It returns the record as it is then, or undefined when no record has this id and meets the condition.
 */
export function createUpdater<Table extends RecordTable & { version: AnyPgColumn }>(db: Database, table: Table) {
  // Building a statement takes longer than running it, so those without a condition are built once for each set of fields.
  const built = new Map<string, ReturnType<typeof build>>()
  const columns: Record<string, AnyPgColumn> = getTableColumns(table)

  function build(names: string[], condition?: SQL) {
    const values = Object.fromEntries(names.map((name) => [name, sql`${sql.placeholder(name)}`]))
    return db
      .update(table as PgTable)
      .set({ ...values, version: sql`${table.version} + 1` })
      .where(and(eq(table.id, sql.placeholder('id')), condition))
      .returning()
      .prepare('')
  }

  return async (id: number, newValues: object, condition?: SQL): Promise<Table['$inferSelect'] | undefined> => {
    const names = Object.keys(newValues).sort()
    const form = names.join()
    const statement = condition ? build(names, condition) : (built.get(form) ?? build(names))
    if (built.size >= BUILT_LIMIT) built.clear()
    if (!condition) built.set(form, statement)
    // Encoded here, because Drizzle would ask the column to encode null as well.
    const encoded = Object.entries(newValues).map(([name, value]) => [
      name,
      value === null ? null : columns[name]?.mapToDriverValue(value)
    ])
    const [row] = await statement.execute({ ...Object.fromEntries(encoded), id })
    return row
  }
}

/**
 * Returns the condition that `If-Match` sets for a write (RFC 9110 §13.1.1): the version is one of those given. A weak tag
 * matches none. Undefined when the header is absent or `*`. Throws InvalidInput when it is malformed.
 */
export function ifMatch(request: Pick<FastifyRequest, 'headers'>, column: AnyPgColumn): SQL | undefined {
  const header = request.headers['if-match']?.trim()
  if (header === undefined || header === '*') return undefined
  const tags = entityTags(header)
  if (!tags) throw invalidFields([{ field: 'if-match', message: MALFORMED_TAGS }])
  const versions = tags.flatMap(({ isWeak, tag }) => (isWeak ? [] : (versionOf(tag) ?? [])))
  return versions.length > 0 ? inArray(column, versions) : sql`1 = 0`
}

const MALFORMED_TAGS = 'must be * or a list of entity tags in double quotes, such as "3"'
