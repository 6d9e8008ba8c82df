// Records that a test needs, but whose values do not matter to it.

import { type Column, getTableName } from 'drizzle-orm'
import { type PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import { engine } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { single } from '../../src/records.ts'
import { freshInstant, freshNumber, freshText } from './fresh-values.ts'

/**
 * Adds a record with these values, and one for every other required column, after new records of the tables it refers to.
 * Returns its id.
 */
export async function addRecord(db: Database, table: PgTable, values: Record<string, unknown> = {}): Promise<number> {
  const { columns, foreignKeys } = configOf(table)
  const record = { ...values }
  for (const column of columns) {
    if (column.name in values || !column.notNull || column.hasDefault || column.generatedIdentity) continue
    const key = foreignKeys.map((one) => one.reference()).find((one) => one.columns.includes(column as never))
    if (key?.foreignTable === table) throw new Error(`${getTableName(table)}: a record needs another one first`)
    record[column.name] = key ? await addRecord(db, key.foreignTable as PgTable) : valueFor(column)
  }
  return single((await db.insert(table).values(record).returning()) as { id: number }[]).id
}

function configOf(table: PgTable) {
  return engine === 'postgres' ? postgresConfig(table) : sqliteConfig(table as unknown as SQLiteTable)
}

/** Every value that can differ from all others does: whatever must be unique then is. */
function valueFor(column: Column): unknown {
  if (column.enumValues) return column.enumValues[0]
  if (column.dataType === 'string') return freshText()
  if (column.dataType === 'boolean') return true
  if (column.dataType !== 'custom') return freshNumber()
  return freshInstant() // a date takes its date
}
