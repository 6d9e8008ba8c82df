// The way from a record to the account that owns it: a column of its own, or references over other records.

import { eq, getTableName, inArray, type SQL } from 'drizzle-orm'
import { type AnyPgColumn, type PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import { engine } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import type { RecordTable } from '../../src/nested.ts'
import { fieldOf } from '../../src/record-tree.ts'
import { createLookup } from '../../src/reference-lookup.ts'
import { user } from '../../src/tables/account.ts'

type Path = [AnyPgColumn, ...AnyPgColumn[]]

export interface OwnerPath {
  /** The table whose records have owners, and its name in errors. */
  table: RecordTable
  title: string
  /** The field of a record at which the path begins. */
  field: string
  /** Whether that field holds the owner itself. */
  isDirect: boolean
  /** Returns the condition that a record belongs to an account. */
  belongsTo(account: number): SQL
  /** Returns the owner of the record with this id: null if it has none, undefined if there is no such record. */
  ownerOf(id: number): Promise<number | null | undefined>
  /** Returns the different owners of the records in a payload, with null for records without an owner. */
  ownersIn(payload: unknown): Promise<(number | null)[]>
}

/** Returns the path along these columns. Throws when they do not lead from one record to the next, and to an account. */
export function createPath(db: Database, columns: Path): OwnerPath {
  for (const [index, column] of columns.entries()) {
    const target = columns[index + 1]?.table ?? user
    if (!refersTo(column, target)) throw new Error(`${nameOf(column)} is no reference to ${getTableName(target)}`)
  }
  const [first, ...rest] = columns
  const table = first.table as RecordTable
  const name = getTableName(table).replaceAll('_', ' ')
  const field = fieldOf(table, first)
  const lookUp = createLookup(db, first)
  const steps = rest.map((column) => createLookup(db, column))

  /** Returns the owners to which these values of the field lead. */
  async function follow(values: unknown[]): Promise<(number | null)[]> {
    let ids = new Set(values)
    for (const step of steps) {
      if (ids.has(null)) return [null]
      const found = await step([...ids] as number[])
      if (found.length < ids.size) return [null]
      ids = new Set(found)
    }
    return [...ids] as (number | null)[]
  }

  return {
    table,
    title: name.charAt(0).toUpperCase() + name.slice(1),
    field,
    isDirect: rest.length === 0,
    belongsTo: (account) => condition(db, columns, account),
    async ownerOf(id) {
      const [owner] = await follow(await lookUp([id]))
      return owner
    },
    async ownersIn(payload) {
      const values = recordsIn(payload).flatMap((record) => (field in record ? [record[field]] : []))
      return await follow(values)
    }
  }
}

function condition(db: Database, [column, ...rest]: AnyPgColumn[], account: number): SQL {
  const [next] = rest
  if (!next) return eq(column as AnyPgColumn, account)
  const table = next.table as RecordTable
  const owned = db
    .select({ id: table.id })
    .from(table as PgTable)
    .where(condition(db, rest, account))
  return inArray(column as AnyPgColumn, owned)
}

function refersTo(column: AnyPgColumn, target: unknown): boolean {
  const { foreignKeys } =
    engine === 'postgres' ? postgresConfig(column.table) : sqliteConfig(column.table as unknown as SQLiteTable)
  const references = foreignKeys.map((key) => key.reference())
  return references.some(({ columns, foreignTable }) => columns.includes(column as never) && foreignTable === target)
}

function nameOf(column: AnyPgColumn): string {
  return `${getTableName(column.table)}.${column.name}`
}

/** Returns the records of a response: the one that it is, and those of its lists. */
function recordsIn(payload: unknown): Record<string, unknown>[] {
  if (payload === null || typeof payload !== 'object') return []
  const lists = Object.values(payload).filter(Array.isArray).flat()
  return [payload, ...lists].filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null)
}
