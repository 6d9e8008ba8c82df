// What a list is limited to: filters, ranges and words. If one of them finds few records, these are looked up one by one. If all
// find many, the list is read in its order and each record is checked: no index leads to what several conditions find together.

import { and, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Database } from './database/db.ts'
import { comparable } from './database/sort-indexes.ts'
import type { RecordTable } from './nested.ts'

/** A condition whose records an index finds. */
export interface Found {
  /** What follows `select` in a query for the ids of the records: a column, `from` and `where`. */
  ids: SQL
  /** Whether a record of the list is one of them. */
  matches: SQL
  /** Whether all of them can be counted quickly. */
  isCountable: boolean
}

/** What a list is limited to. */
export interface Limits {
  /** The condition that an index leads to. */
  condition: SQL | undefined
  /** The condition that is checked for one record after the other. */
  check: SQL | undefined
  isCountable: boolean
}

/** Up to so many records are few. */
const FEW = 5000

/** Returns the conditions of a list of a table that these parameters of a query set. */
export function createConditions(table: RecordTable, filters: string[], ranges: string[]) {
  const columns: { [name: string]: AnyPgColumn } = { ...getTableColumns(table) }

  function compared(name: string, operator: string, value: unknown): SQL | undefined {
    const column = columns[name] as AnyPgColumn
    if (value === undefined) return undefined
    return sql`${comparable(column)} ${sql.raw(operator)} ${sql.param(value, column)}`
  }

  const filtered = (query: { [name: string]: unknown }) => filters.map((name) => compared(name, '=', query[name]))
  const limited = (query: { [name: string]: unknown }, name: string) =>
    and(compared(name, '>=', query[`${name}_from`]), compared(name, '<=', query[`${name}_to`]))

  return {
    /** Returns the limits of a list, which is sorted by a field or by id. `search` finds the words that are searched for. */
    async limitsOf(db: Database, query: { [name: string]: unknown }, sort: string, search: Found[]): Promise<Limits> {
      const others = ranges.filter((name) => name !== sort).map((name) => limited(query, name))
      const ordered = ranges.includes(sort) ? limited(query, sort) : undefined
      if (sort === 'id' && search.length === 0 && others.every((range) => !range)) {
        return { condition: and(...filtered(query)), check: undefined, isCountable: true }
      }
      const own = [...filtered(query), ...others].flatMap((matches): Found[] =>
        matches ? [{ ids: sql`${table.id} from ${table} where ${matches}`, matches, isCountable: true }] : []
      )
      const found = [...own, ...search]
      const counts = await Promise.all(found.map(({ ids }) => countUpTo(db, ids, FEW + 1)))
      const fewest = counts.indexOf(Math.min(...counts))
      const narrow = (counts[fewest] ?? Infinity) <= FEW ? found[fewest] : undefined
      const rest = and(...found.filter((one) => one !== narrow).map(({ matches }) => matches))
      if (narrow) {
        const condition = and(ordered, sql`${table.id} in (select ${narrow.ids})`, rest)
        return { condition, check: undefined, isCountable: true }
      }
      const isAlone = found.length + (ordered ? 1 : 0) <= 1
      return { condition: ordered, check: rest, isCountable: isAlone && found.every((one) => one.isCountable) }
    }
  }
}

async function countUpTo(db: Database, ids: SQL, limit: number): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)` }).from(sql`(select ${ids} limit ${limit}) as found`)
  return Number(row?.count)
}
