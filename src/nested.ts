// What a record shows of the records that refer to it, and of those that it refers to. A resource declares it once, and
// src/record-reader.ts reads it.

import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import { Id, Nullable } from './schemas.ts'

/** A record shows at most this many nested records of one kind, the newest. */
export const NESTED_LIMIT = 100

/**
 * A slice, or a record that is read alone, holds at most this many nested records in all. Otherwise one request for a
 * record with a million of them would stop the server for everybody.
 */
export const NESTED_TOTAL = 10_000

export type RecordTable = PgTable & { id: AnyPgColumn }

/** The record that a reference leads to. */
export interface One<Table extends RecordTable = RecordTable, Key extends AnyPgColumn = AnyPgColumn> {
  table: Table
  reference: Key
}

/** The newest records that refer to a record, and what they show in turn. */
export interface Many<Table extends RecordTable = RecordTable, Nested = unknown> extends One<Table> {
  nested: Nested
}

// biome-ignore lint/suspicious/noExplicitAny: the nested records of nested records, at any depth
export type Nested = Record<string, One | Many<any, any>>

/** A record as the reader returns it: with its nested records, and for each kind a cursor `<name>_next` to older ones. */
export type WithNested<Table extends RecordTable, Shown> = Table['$inferSelect'] & {
  [Name in keyof Shown]: Shown[Name] extends Many<infer Child, infer Inner>
    ? WithNested<Child, Inner>[]
    : Shown[Name] extends One<infer Target, infer Key>
      ? Target['$inferSelect'] | (Key['_']['notNull'] extends true ? never : null)
      : never
} & {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  [Name in keyof Shown as Shown[Name] extends Many<any, any> ? `${Name & string}_next` : never]: number | null
}

/** Shows the record that a reference of the record leads to. */
export function one<Table extends RecordTable, Key extends AnyPgColumn>(table: Table, reference: Key): One<Table, Key> {
  return { table, reference }
}

/** Shows the newest records of a table that refer to the record. Needs an index on the reference and the id. */
export function many<Table extends RecordTable, Shown extends Nested = Record<never, never>>(
  table: Table,
  reference: AnyPgColumn,
  nested: Shown = {} as Shown
): Many<Table, Shown> {
  return { table, reference, nested }
}

export function isMany(shown: One | Many): shown is Many<RecordTable, Nested> {
  return 'nested' in shown
}

/** The cursor of the older records that a record does not show. `list` is where they are, such as "/api/room/?house_id=". */
export const OlderNext = (list: string) =>
  Nullable({
    ...Id,
    description: `Older records follow at \`${list}…&before=…\`: this is the \`before\`. Null when all are shown.`
  })
