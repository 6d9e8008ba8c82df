// The indexes that sorted and filtered lists need. Without them, one request would read a whole table.

import { type AnyColumn, Column, getTableName, is, SQL, sql } from 'drizzle-orm'
import { type AnyPgColumn, type IndexColumn, type PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import { index, perEngine } from './columns.ts'

/** Returns a column as it is sorted by. Text is sorted by its code points: other orders differ between the engines. */
export function comparable(column: AnyColumn): SQL {
  return isPostgresText(column) ? sql`${column} collate "C"` : sql`${column}`
}

/** An index for lists that are sorted by a column: takes its name, the column and the id. It also serves ranges. */
export const sortIndex = (name: string, column: IndexColumn, id: IndexColumn) =>
  index(name).on(isPostgresText(column) ? comparable(column as AnyPgColumn) : column, id)

function isPostgresText(column: { columnType?: unknown }): boolean {
  return column.columnType === 'PgText'
}

/** Throws unless a table has an index that begins with these columns. `purpose` says who needs it. */
export function requireIndex(table: PgTable, columns: AnyPgColumn[], purpose: string): void {
  const { indexes } = perEngine(
    () => postgresConfig(table),
    () => sqliteConfig(table as unknown as SQLiteTable)
  )
  const isThere = indexes.some(
    ({ config }) => !config.where && columns.every((column, place) => isOn(config.columns[place], column))
  )
  const [first, ...rest] = columns
  if (isThere || (rest.length === 0 && first?.isUnique && !isPostgresText(first))) return
  const names = columns.map(({ name }) => name).join(' and ')
  throw new Error(`${getTableName(table)} needs an index on ${names}, because ${purpose}: see sortIndex`)
}

/** Whether a part of an index is a column as lists compare it. */
function isOn(part: object | undefined, column: AnyPgColumn): boolean {
  if (!is(part, SQL)) return !isPostgresText(column) && (part as { name?: string } | undefined)?.name === column.name
  return part.queryChunks.some((chunk) => is(chunk, Column) && chunk.name === column.name)
}
