// The column builders of all tables. Each returns the Drizzle column of the engine in use, with the type of its
// PostgreSQL form, so one table definition and one query work on both engines.

import * as pg from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'
import { engine } from '../config.ts'
import { formatInstant, nearestDate, nearestInstant, parseDate, parseInstant } from '../instants.ts'

/**
 * Returns what the engine in use needs; TypeScript sees the PostgreSQL form. On the result, call only what the builders of
 * both engines have: notNull, default, $defaultFn, unique, primaryKey, references.
 */
export function perEngine<Builder>(postgres: () => Builder, onSqlite: () => unknown): Builder {
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

/** One of these texts. The schema of the resource rejects others. */
export const choice = <Value extends string>(...values: [Value, ...Value[]]) =>
  perEngine(
    () => pg.text({ enum: values }),
    () => sqlite.text({ enum: values })
  )

/** Text that is compared and sorted by its code points, as SQLite always does. */
export const codePointText = () =>
  perEngine(
    () => pgCodePointText(),
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

/** A calendar date `YYYY-MM-DD`, without a time zone. Takes what `parseDate` accepts. */
export const date = () =>
  perEngine(
    () => pgDate(),
    () => sqliteDate()
  )

/** The version of a record. Every update increases it. It is the record's ETag, and If-Match is compared with it. */
export const version = () => integer().notNull().default(1)

const pgCodePointText = pg.customType<{ data: string; driverData: string }>({ dataType: () => 'text collate "C"' })

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
  if (text === lastInstant.text) return lastInstant.milliseconds
  const milliseconds = parseInstant(text)
  if (milliseconds === undefined) throw new TypeError('not an instant')
  lastInstant = { text, milliseconds }
  return milliseconds
}

/** What is written together often has the same time, such as the rows of the access log. */
let lastInstant = { text: '', milliseconds: 0 }

function dateOf(text: string): string {
  const day = parseDate(text)
  if (day === undefined) throw new TypeError('not a calendar date')
  return day
}
