// The statements of PostgreSQL that Drizzle would not build, or not as cheaply. Their texts are the same for any number of rows.

import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Appended, Level, Parts } from './db.ts'

type Statement = { text: string; name: string; values: unknown[] }

/** Returns a function that returns the statement that inserts rows, with the parts of each in a table of their own. */
export function createAppender<Row extends object, Part extends object>(
  table: PgTable & { $inferInsert: Row },
  parts: Parts
): (rows: Appended<Row, Part>[]) => Statement {
  const target = insertion(table)
  const name = `append_${getTableName(table)}`
  const text = `insert into ${target.into} select * from ${target.lists(1)}`
  const partTarget = insertion(parts.table, parts.key)
  const withParts = textWithParts(target, partTarget, parts.key)

  return (rows) => {
    const values = target.values(rows.map(({ row }) => row))
    if (rows.every((entry) => entry.parts.length === 0)) return { text, name, values }
    const owners = rows.flatMap(({ parts }, index) => parts.map(() => index + 1))
    const all = partTarget.values(rows.flatMap((entry) => entry.parts))
    return { text: withParts, name: `${name}_with_parts`, values: [...values, ...all, owners] }
  }
}

// The rows get their ids before they are inserted, so that each part can be given the id of its row.
function textWithParts(rows: Insertion, parts: Insertion, key: string): string {
  const ids = `select nextval(pg_get_serial_sequence('${rows.name}', 'id')) as id, *`
  const after = rows.count + parts.count + 1
  const owners = parts.lists(rows.count + 1, `, $${after}::int[]`)
  return `with numbered as materialized (
    ${ids} from ${rows.lists(1)} with ordinality as rows(${rows.columns}, place)
  ), inserted as (
    insert into ${rows.table} (id, ${rows.columns}) overriding system value select id, ${rows.columns} from numbered
  )
  insert into ${parts.table} (${quoted(key)}, ${parts.columns})
  select numbered.id, ${parts.columns.map((name) => `parts.${name}`)}
  from ${owners} as parts(${parts.columns}, owner) join numbered on numbered.place = parts.owner`
}

type Insertion = ReturnType<typeof insertion>

/** What the columns of a table, except its generated id and `key`, need to be inserted from one list per column. */
function insertion(table: PgTable, key?: string) {
  const fields = Object.entries<PgColumn>(getTableColumns(table) as Record<string, PgColumn>)
  const given = fields.filter(([name, column]) => !column.generatedIdentity && name !== key)
  const columns = given.map(([, column]) => quoted(column.name))
  const types = given.map(([, column]) => column.getSQLType())
  const name = getTableName(table)
  return {
    name,
    table: quoted(name),
    columns,
    into: `${quoted(name)} (${columns})`,
    count: given.length,
    lists: (first: number, more = '') => `unnest(${types.map((type, index) => `$${first + index}::${type}[]`)}${more})`,
    values: (rows: object[]) =>
      given.map(([field, column]) => rows.map((row) => encoded(column, row[field as keyof typeof row])))
  }
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
