// The tables that a resource can refer to, and the records of theirs that its test adds first.

import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { Refused } from '../work-tree.ts'

/** A table that can be referred to: under which name which file of src/tables exports it. */
export interface Target {
  table: PgTable
  constant: string
  file: string
}

/** A record: what its id is called, and what its columns hold, in code. */
export interface Parent {
  id: string
  target: Target
  values: string[]
}

/** What the id of a record of the target is called; adds the record, after those it refers to itself, to `parents`. */
export function parentOf(target: Target, tables: Map<string, Target>, parents: Parent[]): string {
  const { name, columns, foreignKeys } = getTableConfig(target.table)
  const id = `${name}_id`
  if (parents.some((parent) => parent.id === id)) return id
  const values = columns
    .filter((column) => column.notNull && !column.hasDefault && !column.generatedIdentity)
    .map((column) => {
      const key = foreignKeys.find((one) => one.reference().columns.some((own) => own.name === column.name))
      if (!key) return `${column.name}: ${sampleOf(column.getSQLType())}`
      const other = tables.get(getTableConfig(key.reference().foreignTable).name)
      if (!other || other === target) throw new Refused(`${name}: its records cannot be made without another of theirs`)
      const parent = parentOf(other, tables, parents)
      return column.name === parent ? parent : `${column.name}: ${parent}`
    })
  parents.push({ id, target, values })
  return id
}

/** A value in code that a column of this type of PostgreSQL takes. */
function sampleOf(sqlType: string): string {
  if (sqlType === 'text') return `'text'`
  if (sqlType === 'boolean') return 'true'
  if (sqlType === 'date') return `'2024-02-29'`
  return sqlType.startsWith('timestamp') ? `'2024-02-29T09:30:00Z'` : '3'
}
