// Reads records with all their nested records at one moment: a query per table, not per record.

import { Column, getTableColumns, getTableName } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Database, Level } from './database/db.ts'
import { isMany, NESTED_LIMIT, type Nested, type One, type RecordTable } from './nested.ts'

export type Row = { id: number } & Record<string, unknown>

/** How many rows of one table are read at once: they take some milliseconds. */
const ROWS = 2_000

/**
 * Returns a function that reads the records with these ids as they are sent: each with its newest nested records, and with
 * cursors to those that it does not show. It returns undefined when there are so many nested records that the records must
 * be read in smaller groups.
 */
export function createTreeReader(
  db: Database,
  table: RecordTable,
  nested: Nested
): (ids: number[]) => Promise<Map<number, Row> | undefined> {
  const nodes = nodesOf({ table, name: '', parent: 0, nested })
  const read = db.connection.treeReader(nodes.map(levelOf))

  return async (ids) => {
    const levels = await read(ids)
    if (levels.some((rows) => rows.length > ROWS)) return undefined
    const records = nodes.map(() => new Map<number, Row>())
    for (const [index, { decode, reference, parent, name }] of nodes.entries()) {
      for (const values of levels[index] as unknown[][]) {
        const row = decode(values)
        records[index]?.set(row.id, row)
        if (!reference) continue
        const siblings = records[parent]?.get(row[reference] as number)?.[name] as Row[] | undefined
        siblings?.push(row)
      }
    }
    for (const [index, { referrer, reference, parent, name }] of nodes.entries()) {
      for (const row of records[parent]?.values() ?? []) {
        if (referrer) row[name] = records[index]?.get(row[referrer] as number) ?? null
        else if (reference) showNewest(row, name)
      }
    }
    return records[0]
  }
}

/** Turns the list of nested records, which begins with the newest, into what the record shows. */
function showNewest(row: Row, name: string): void {
  const list = row[name] as Row[]
  if (list.length > NESTED_LIMIT) {
    list.length = NESTED_LIMIT
    row[`${name}_next`] = list.at(-1)?.id
  }
  list.reverse()
}

interface Node {
  table: RecordTable
  /** The name of the nested records in their parent, which is the node with the index `parent`. */
  name: string
  parent: number
  nested: Nested
  /** The column of this table that refers to the parent's id. */
  reference?: string
  /** The column of the parent that refers to this table's id. */
  referrer?: string
}

/** Returns the nodes of a tree. Parents come before their children. */
function nodesOf(root: Node) {
  const nodes: Node[] = [root]
  for (const [parent, node] of nodes.entries()) {
    for (const [name, shown] of Object.entries(node.nested)) {
      if (isMany(shown)) {
        const reference = fieldOf(shown.table, shown.reference)
        nodes.push({ table: shown.table, name, parent, nested: shown.nested, reference })
      } else {
        nodes.push({ table: shown.table, name, parent, nested: {}, referrer: fieldOf(node.table, shown.reference) })
      }
    }
  }
  return nodes.map((node) => ({ ...node, decode: createDecoder(node) }))
}

/** Returns the name that a column has in the records of its table. */
export function fieldOf(table: RecordTable, reference: AnyPgColumn): string {
  const [field] = Object.entries(getTableColumns(table)).find(([, column]) => column === reference) ?? []
  if (field === undefined) throw new Error(`${reference.name} is not a column of ${getTableName(table)}`)
  return field
}

function levelOf({ table, parent, reference = 'id', referrer = 'id' }: Node, index: number, nodes: Node[]): Level {
  const columns = getTableColumns(table)
  const parentFields = Object.keys(getTableColumns((nodes[parent] as Node).table))
  return {
    table: getTableName(table),
    columns: Object.values(columns).map(({ name }) => name),
    key: (columns[reference] as Column).name,
    parent: index === 0 ? undefined : { level: parent, column: parentFields.indexOf(referrer) },
    limit: ROWS + 1,
    limitPerKey: NESTED_LIMIT + 1
  }
}

/** Returns a function that makes a record of the values of a row. It shows no nested records yet. */
function createDecoder({ table, nested }: Node): (values: unknown[]) => Row {
  const fields = Object.entries(getTableColumns(table)).map(([name, column]) => ({
    name,
    decode: column.mapFromDriverValue === Column.prototype.mapFromDriverValue ? undefined : column
  }))
  const kinds = Object.keys(nested).filter((name) => isMany(nested[name] as One))
  return (values) => {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < fields.length; index++) {
      const { name, decode } = fields[index] as (typeof fields)[number]
      const value = values[index]
      row[name] = decode && value !== null ? decode.mapFromDriverValue(value) : value
    }
    for (const name of kinds) {
      row[name] = []
      row[`${name}_next`] = null
    }
    return row as Row
  }
}
