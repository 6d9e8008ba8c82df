// Which records belong to a subject. The resources state it with `app.subject(…)`.

import { type Column, eq, getTableColumns, getTableName, inArray, is, type SQL, Table } from 'drizzle-orm'
import { type AnyPgColumn, type PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import type { SubjectStatement } from '../../plugins/access-log/subjects.ts'
import { engine } from '../../src/config.ts'
import { type Database, schema } from '../../src/database/db.ts'
import type { RecordTable } from '../../src/nested.ts'

/** A table with records that belong to a subject. */
export interface SubjectTable {
  name: string
  table: RecordTable
  /** The columns that the API sends or accepts. */
  fields: Record<string, AnyPgColumn>
  /** The condition that a record belongs to the subject. */
  belongs: SQL
}

/** A reference of a table to another one. */
export interface Reference {
  from: PgTable
  column: AnyPgColumn
  to: PgTable
  target: AnyPgColumn
}

/** Returns the table of this name, if a resource states that its records are the subjects. Otherwise throws UnknownTable. */
export function subjectTable(statements: SubjectStatement[], name: string): RecordTable {
  const tables = statements.filter(isOfApi).flatMap(({ table }) => (table === 'none' ? [] : table))
  const found = tables.find((table) => getTableName(table) === name)
  if (!found) throw new UnknownTable([...new Set(tables.map((table) => getTableName(table)))])
  return found
}

export class UnknownTable extends Error {
  constructor(known: string[]) {
    super(`<table> must be a table of subjects, which resources state: ${known.sort().join(', ') || 'there is none'}`)
  }
}

/**
 * Returns the tables with records of a subject. A table comes before those that refer to it. Throws when tables refer to one
 * another in a circle.
 */
export function tablesOf(db: Database, statements: SubjectStatement[], subject: { table: string; id: number }) {
  const found = new Map<RecordTable, SubjectTable>()
  const parents = new Map<RecordTable, Set<PgTable>>()
  const wanted = subjectTable(statements, subject.table)
  for (const { table, references, routes } of statements.filter(isOfApi)) {
    if (table === 'none' || table !== wanted) continue
    const own = (references[0]?.table as RecordTable | undefined) ?? table
    const belongs = leadsTo(db, own, references, subject.id)
    const known = found.get(own)
    const fields = { ...known?.fields, ...fieldsOf(own, routes) }
    found.set(own, { name: getTableName(own), table: own, fields, belongs: known?.belongs ?? belongs })
    const next = [...references.slice(1).map((reference) => reference.table), table] as PgTable[]
    parents.set(own, new Set([...(parents.get(own) ?? []), ...next]))
  }
  for (const { from, to } of referencesBetween([...found.keys()])) parents.get(from as RecordTable)?.add(to)
  return inOrder([...found.values()], parents)
}

/** Returns all references between these tables, and those of all other tables to them. */
export function referencesBetween(targets: PgTable[]): Reference[] {
  const all = Object.values(schema).filter((one) => is(one, Table)) as PgTable[]
  return [...new Set([...all, ...targets])].flatMap((from) =>
    keysOf(from).flatMap((key) => {
      const { columns, foreignTable, foreignColumns } = key.reference()
      const to = foreignTable as PgTable
      if (!targets.includes(to)) return []
      return { from, column: columns[0] as AnyPgColumn, to, target: foreignColumns[0] as AnyPgColumn }
    })
  )
}

function keysOf(table: PgTable) {
  return engine === 'postgres'
    ? postgresConfig(table).foreignKeys
    : sqliteConfig(table as unknown as SQLiteTable).foreignKeys
}

// The accounts are subjects of the pages. Their records have a command of their own: npm run user.
function isOfApi({ routes }: SubjectStatement): boolean {
  return routes.some(({ config }) => !config?.session)
}

function leadsTo(db: Database, table: RecordTable, references: AnyPgColumn[], id: number): SQL {
  const [reference, next, ...rest] = references
  if (!reference) return eq(table.id, id)
  if (!next) return eq(reference, id)
  const parent = next.table as RecordTable
  const ids = db
    .select({ id: parent.id })
    .from(parent as PgTable)
    .where(leadsTo(db, parent, [next, ...rest], id))
  return inArray(reference, ids)
}

/** Returns the columns of a table that are in a body or a record of these routes. */
function fieldsOf(table: RecordTable, routes: SubjectStatement['routes']): Record<string, AnyPgColumn> {
  const names = new Set(['id'])
  for (const { schema = {} } of routes) {
    const responses = (schema.response ?? {}) as Record<string, unknown>
    for (const part of [schema.body, responses[200], responses[201]]) {
      const { properties = {} } = (part ?? {}) as { properties?: object }
      for (const name of Object.keys(properties)) names.add(name)
    }
  }
  const columns = Object.entries(getTableColumns(table) as Record<string, Column>)
  return Object.fromEntries(columns.filter(([name]) => names.has(name))) as Record<string, AnyPgColumn>
}

function inOrder(tables: SubjectTable[], parents: Map<RecordTable, Set<PgTable>>): SubjectTable[] {
  const ordered: SubjectTable[] = []
  for (let left = tables; left.length > 0; ) {
    const isParent = (one: PgTable, table: PgTable) => one !== table && left.some((other) => other.table === one)
    const next = left.filter(({ table }) => ![...(parents.get(table) ?? [])].some((one) => isParent(one, table)))
    if (next.length === 0)
      throw new Error(`These tables refer to one another in a circle: ${left.map(({ name }) => name).join(', ')}`)
    ordered.push(...next)
    left = left.filter((one) => !next.includes(one))
  }
  return ordered
}
