// The column builders every table is written with. Each returns the Drizzle column of the engine in use, typed as its
// PostgreSQL form, so that one table definition and one query serve both engines.

import * as pg from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'
import { engine } from './config.ts'
import { formatInstant, parseDate, parseInstant } from './instants.ts'

/**
 * The two halves of one idea are written side by side; TypeScript sees the first. Only what both engines' builders
 * share may be called on the result: notNull, default, $defaultFn, unique, primaryKey, references.
 */
function perEngine<Builder>(postgres: () => Builder, onSqlite: () => unknown): Builder {
  return engine === 'postgres' ? postgres() : (onSqlite() as Builder)
}

/** A table; `extras` takes its columns and gives its indexes and composite keys. */
export const table = perEngine(
  () => pg.pgTable,
  () => sqlite.sqliteTable
)

/** An index on the columns given to its `on`. */
export const index = perEngine(
  () => pg.index,
  () => sqlite.index
)

/** A primary key of several columns. */
export const primaryKey = perEngine(
  () => pg.primaryKey,
  () => sqlite.primaryKey
)

/** The primary key of a record: a positive 32-bit integer that is never used twice, also after the record is gone. */
export const id = () =>
  perEngine(
    () => pg.integer().primaryKey().generatedAlwaysAsIdentity(),
    () => sqlite.integer().primaryKey({ autoIncrement: true })
  )

/** As `id`, for a table that can outgrow 32 bits. */
export const bigId = () =>
  perEngine(
    () => pg.bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    () => sqlite.integer().primaryKey({ autoIncrement: true })
  )

/** A foreign key to the `id` of another table. By default a record that is referred to cannot be deleted. */
export const reference = (target: () => pg.AnyPgColumn, onDelete: 'cascade' | 'no action' = 'no action') =>
  integer().references(target, { onDelete })

/** Text of any length; its limit stands in the schema of the resource, where the client is told. */
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

/** A point in time: takes what `parseInstant` accepts, gives RFC 3339 in UTC, to the millisecond. */
export const instant = () =>
  perEngine(
    () => pgInstant(),
    () => sqliteInstant()
  )

/** A calendar date `YYYY-MM-DD`, in no time zone: takes what `parseDate` accepts. */
export const date = () =>
  perEngine(
    () => pgDate(),
    () => sqliteDate()
  )

/** The version of a record, which every update counts up: its ETag, and what If-Match is held against. */
export const version = () => integer().notNull().default(1)

const pgInstant = pg.customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (text) => formatInstant(instantOf(text)),
  // PostgreSQL writes "2024-01-01 11:24:59.5+00", and with a T and "+00:00" inside JSON; the session's zone is UTC.
  fromDriver: (text) => formatInstant(Date.parse(`${text.slice(0, 10)}T${text.slice(11).replace(/\+00(:00)?$/, 'Z')}`))
})

const sqliteInstant = sqlite.customType<{ data: string; driverData: number }>({
  dataType: () => 'integer',
  toDriver: instantOf,
  fromDriver: formatInstant
})

const pgDate = pg.customType<{ data: string; driverData: string }>({ dataType: () => 'date', toDriver: dateOf })
const sqliteDate = sqlite.customType<{ data: string; driverData: string }>({ dataType: () => 'text', toDriver: dateOf })

// The schemas refuse such text before it gets here; these are for our own slips, which must not be stored as NULL.
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
