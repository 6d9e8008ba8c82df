// Records that a test needs, but whose values do not matter to it.

import { type Column, getTableName } from 'drizzle-orm'
import { type PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import { engine } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { single } from '../../src/records.ts'

/** Adds a record with a value for every required column, after new records of the tables it refers to. Returns its id. */
export async function addRecord(db: Database, table: PgTable): Promise<number> {
  const { columns, foreignKeys } = configOf(table)
  const record: Record<string, unknown> = {}
  for (const column of columns) {
    if (!column.notNull || column.hasDefault || column.generatedIdentity) continue
    const key = foreignKeys.map((one) => one.reference()).find((one) => one.columns.includes(column as never))
    if (key?.foreignTable === table) throw new Error(`${getTableName(table)}: a record needs another one first`)
    record[column.name] = key ? await addRecord(db, key.foreignTable as PgTable) : valueFor(column)
  }
  return single((await db.insert(table).values(record).returning()) as { id: number }[]).id
}

function configOf(table: PgTable) {
  return engine === 'postgres' ? postgresConfig(table) : sqliteConfig(table as unknown as SQLiteTable)
}

function valueFor(column: Column): unknown {
  if (column.dataType === 'string') return column.isUnique ? crypto.randomUUID() : 'text'
  if (column.dataType === 'boolean') return true
  return column.dataType === 'custom' ? '2024-02-29T09:30:00Z' : 3 // an instant; a date takes its date
}
