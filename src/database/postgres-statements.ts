// The statements of PostgreSQL that Drizzle would not build, or not as cheaply. Their texts are the same for any number of rows.

import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Level } from './db.ts'

/** Returns a function that returns the statement that inserts rows and returns their ids. */
export function createAppender<Row extends object>(
  table: PgTable & { $inferInsert: Row }
): (rows: Row[]) => { text: string; name: string; values: unknown[] } {
  const fields = Object.entries<PgColumn>(getTableColumns(table) as Record<string, PgColumn>)
  const given = fields.filter(([, column]) => !column.generatedIdentity)
  const columns = given.map(([, column]) => quoted(column.name))
  const lists = given.map(([, column], index) => `$${index + 1}::${column.getSQLType()}[]`)
  const name = getTableName(table)
  const text = `insert into ${quoted(name)} (${columns}) select * from unnest(${lists}) returning id`
  return (rows) => ({
    text,
    name: `append_${name}`,
    values: given.map(([field, column]) => rows.map((row) => encoded(column, row[field as keyof typeof row])))
  })
}

function encoded(column: PgColumn, value: unknown): unknown {
  return value === undefined || value === null ? null : column.mapToDriverValue(value)
}

/** Returns one query for all levels: a JSON array of rows for each. */
export function treeQuery(levels: Level[]): string {
  const parts = levels.map(({ table, columns, key, parent, limit, limitPerKey }, index) => {
    const parentKey = parent && quoted(levels[parent.level]?.columns[parent.column] ?? '')
    const keys = parent
      ? `select distinct ${parentKey} as key from t${parent.level}`
      : 'select unnest($1::int[]) as key'
    const rows = `select ${columns.map(quoted)} from ${quoted(table)} where ${quoted(key)} = keys.key`
    // LATERAL, so that of a million nested records only the newest are read.
    const newest = `lateral (${rows} order by "id" desc limit ${limitPerKey}) rows`
    return `t${index} as materialized (select rows.* from (${keys}) keys, ${newest} limit ${limit})`
  })
  const lists = levels.map(
    ({ columns }, index) => `(select json_agg(json_build_array(${columns.map(quoted)})) from t${index})`
  )
  return `with ${parts.join(', ')} select ${lists.join(', ')}`
}

const quoted = (name: string) => `"${name}"`
