// The column builders of all tables. Each returns the Drizzle column of the engine in use, with the type of its
// PostgreSQL form, so one table definition and one query work on both engines.

import { type AnyColumn, is, type Placeholder, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'
import { engine } from '../config.ts'
import {
  FIRST_INSTANT,
  formatInstant,
  LAST_INSTANT,
  nearestDate,
  nearestInstant,
  parseDate,
  parseInstant
} from '../instants.ts'

/**
 * Returns what the engine in use needs; TypeScript sees the PostgreSQL form. On the result, call only what the builders of
 * both engines have: notNull, default, $defaultFn, unique, primaryKey, references.
 */
function perEngine<Builder>(postgres: () => Builder, onSqlite: () => unknown): Builder {
  return engine === 'postgres' ? postgres() : (onSqlite() as Builder)
}

/** A table. Its third argument takes the columns and returns indexes and composite keys. */
export const table = perEngine(
  () => pg.pgTable,
  () => sqlite.sqliteTable
)

/** An index on the columns given to its `on`. */
export const index = perEngine(
  () => pg.index,
  () => sqlite.index
)

/** An index whose entries all differ. */
export const uniqueIndex = perEngine(
  () => pg.uniqueIndex,
  () => sqlite.uniqueIndex
)

/** A primary key of several columns. */
export const primaryKey = perEngine(
  () => pg.primaryKey,
  () => sqlite.primaryKey
)

/** The primary key of a record: a positive 32-bit integer. It is never used again, even after the record is deleted. */
export const id = () =>
  perEngine(
    () => pg.integer().primaryKey().generatedAlwaysAsIdentity(),
    () => sqlite.integer().primaryKey({ autoIncrement: true })
  )

/** Like `id`, for a table that can outgrow 32 bits. */
export const bigId = () =>
  perEngine(
    () => pg.bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    () => sqlite.integer().primaryKey({ autoIncrement: true })
  )

/**
 * Like `bigId`, for a table that grows for ever and that PostgreSQL can split by month: for that, its key must contain the time.
 * Add `...timeKey(…)` to the indexes of the table.
 */
export const idInTime = () =>
  perEngine(
    () => pg.bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    () => sqlite.integer().primaryKey({ autoIncrement: true })
  )

/** The indexes of a table with `idInTime`. SQLite needs none: its rows are stored in the order of their ids. */
export const timeKey = (name: string, { time, id }: Record<'time' | 'id', pg.AnyPgColumn>) =>
  perEngine(
    () => [primaryKey({ columns: [time, id] }), index(`${name}_id`).on(id)],
    () => []
  )

/** A foreign key to the `id` of another table. Without `cascade`, a record that others refer to cannot be deleted. */
export const reference = (target: () => pg.AnyPgColumn, onDelete: 'cascade' | 'no action' = 'no action') =>
  integer().references(target, { onDelete })

/** Text of any length. Its limit is in the schema of the resource, which tells the client about it. */
export const text = () =>
  perEngine(
    () => pg.text(),
    () => sqlite.text()
  )

/** A 32-bit integer. */
export const integer = () =>
  perEngine(
    () => pg.integer(),
    () => sqlite.integer()
  )

/** An integer of up to 53 bits, such as a reference to a `bigId`. */
export const bigInteger = () =>
  perEngine(
    () => pg.bigint({ mode: 'number' }),
    () => sqlite.integer()
  )

/** A double-precision number (IEEE 754 binary64). */
export const real = () =>
  perEngine(
    () => pg.doublePrecision(),
    () => sqlite.real()
  )

/** True or false. */
export const flag = () =>
  perEngine(
    () => pg.boolean(),
    () => sqlite.integer({ mode: 'boolean' })
  )

/** A point in time, to the millisecond. Takes what `parseInstant` accepts and returns RFC 3339 in UTC. */
export const instant = () =>
  perEngine(
    () => pgInstant(),
    () => sqliteInstant()
  )

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

/** A calendar date `YYYY-MM-DD`, without a time zone. Takes what `parseDate` accepts. */
export const date = () =>
  perEngine(
    () => pgDate(),
    () => sqliteDate()
  )

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

/** The version of a record. Every update increases it. It is the record's ETag, and If-Match is compared with it. */
export const version = () => integer().notNull().default(1)

const pgInstant = pg.customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (text) => formatInstant(instantOf(text)),
  // PostgreSQL writes "2024-01-01 11:24:59.5+00", and with a T and "+00:00" inside JSON; the session's zone is UTC.
  fromDriver: (text) =>
    nearestInstant(Date.parse(`${text.slice(0, 10)}T${text.slice(11).replace(/\+00(:00)?$/, 'Z')}`), text)
})

const sqliteInstant = sqlite.customType<{ data: string; driverData: unknown }>({
  dataType: () => 'integer',
  toDriver: instantOf,
  fromDriver: nearestInstant
})

const pgDate = pg.customType<{ data: string; driverData: unknown }>({
  dataType: () => 'date',
  toDriver: dateOf,
  fromDriver: nearestDate
})
const sqliteDate = sqlite.customType<{ data: string; driverData: unknown }>({
  dataType: () => 'text',
  toDriver: dateOf,
  fromDriver: nearestDate
})

// Schemas reject such text before it gets here. These checks catch mistakes in our code, which would be stored as NULL.
function instantOf(text: string): number {
  const milliseconds = parseInstant(text)
  if (milliseconds === undefined) throw new TypeError('not an instant')
  return milliseconds
}

function dateOf(text: string): string {
  const day = parseDate(text)
  if (day === undefined) throw new TypeError('not a calendar date')
  return day
}
