// Parts of statements that the two engines write differently. Each has the same meaning on both.

import { type AnyColumn, is, type Placeholder, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'
import { engine } from '../config.ts'
import { FIRST_INSTANT, LAST_INSTANT } from '../instants.ts'
import { perEngine } from './columns.ts'

/**
 * The time of the database's clock, this many milliseconds from now (negative: ago), to store in an `instant` or to
 * compare with one. The clocks of several instances differ; that of their database is one.
 */
export const databaseTime = (milliseconds = 0): SQL<string> =>
  perEngine(
    () => sql<string>`now() + ${milliseconds} * interval '1 millisecond'`,
    () => sql`cast(unixepoch('subsec') * 1000 as integer) + ${milliseconds}`
  )

/** Returns the condition that a text column contains a text, in which nothing has a special meaning. */
export const contains = (column: AnyColumn, part: string): SQL =>
  perEngine(
    () => sql`strpos(${column}, ${part}) > 0`,
    () => sql`instr(${column}, ${part}) > 0`
  )

/** Returns the value of a column as the database writes it, not as the column's type is read. Comparisons accept it. */
export const plainValue = (column: AnyColumn): SQL =>
  perEngine(
    () => sql`${column}::text`,
    () => sql`${column}`
  )

/**
 * Returns the condition that a column has one of the values of a list, which `listValue` makes. One parameter holds the
 * whole list, so the statement has the same text for lists of any length.
 */
export const isInList = (column: AnyColumn, list: Placeholder | SQLWrapper): SQL =>
  perEngine(
    () => sql`${column} = any(${list})`,
    () => sql`${column} in (select value from json_each(${list}))`
  )

/** Returns the rows of a list of texts, which `listValue` makes, as a table with one column `value`. */
export const rowsOfList = (list: SQLWrapper): SQL =>
  perEngine(
    () => sql`unnest(${list}::text[]) as list(value)`,
    () => sql`json_each(${list})`
  )

/** Returns the parameter for a list of values. */
export const listValue = (values: unknown[]): unknown => (engine === 'postgres' ? values : JSON.stringify(values))

/**
 * Returns the condition that an `instant` or a `date` holds what cannot be sent, such as PostgreSQL's infinity or, in SQLite,
 * any text. Undefined for columns of other types.
 */
export function isUnsendable(column: AnyColumn): SQL | undefined {
  if (is(column, pg.PgCustomColumn)) return sql`(${column} < '0001-01-01' or ${column} >= '10000-01-01')`
  if (!is(column, sqlite.SQLiteCustomColumn)) return undefined
  if (column.getSQLType() === 'text') return sql`(${column} is not date(${column}) or ${column} < '0001-01-01')`
  return sql`(typeof(${column}) in ('text', 'blob') or ${column} not between ${FIRST_INSTANT} and ${LAST_INSTANT})`
}
