// Reads records with all their nested records at one moment: a query per table, not per record.

import { Column, getTableColumns, getTableName } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Database, Level } from './database/db.ts'
import { isMany, NESTED_LIMIT, type Nested, type RecordTable } from './nested.ts'

export type Row = { id: number } & Record<string, unknown>

/** How many rows of one table are read at once: they take some milliseconds. */
const ROWS = 2_000

/**
 * Reads the records with these ids as they are sent: each with its newest nested records, and with cursors to those that it
 * does not show. Returns undefined when there are so many nested records that the records must be read in smaller groups.
 */
export type TreeReader = (ids: number[]) => Promise<Map<number, Row> | undefined>

/** Returns the reader of a table whose records show these nested records. */
export function createTreeReader(db: Database, table: RecordTable, nested: Nested): TreeReader {
  const nodes = nodesOf({ table, name: '', parent: 0, nested })
  const read = db.connection.treeReader(nodes.map(levelOf))

  return async (ids) => {
    const levels = await read(ids)
    if (levels.some((rows) => rows.length > ROWS)) return undefined
    const rows = nodes.map(({ decode }, index) => (levels[index] as unknown[][]).map(decode))
    const byId = nodes.map(({ isLookedUp }, index) => {
      return new Map(isLookedUp ? rows[index]?.map((row) => [row.id, row]) : [])
    })
    for (const [index, { reference, referrer, parent, name }] of nodes.entries()) {
      const parents = rows[parent] as Row[]
      if (referrer) for (const row of parents) row[name] = byId[index]?.get(row[referrer] as number) ?? null
      if (!reference) continue
      addToLists(rows[index] as Row[], reference, byId[parent] as Map<number, Row>, name)
      for (const row of parents) showNewest(row, name)
    }
    return byId[0]
  }
}

/** Adds rows to the lists of their parents, which have this name. */
function addToLists(rows: Row[], reference: string, parents: Map<number, Row>, name: string): void {
  let parent: number | undefined
  let list: Row[] = []
  for (const row of rows) {
    if (row[reference] !== parent) {
      parent = row[reference] as number
      list = (parents.get(parent)?.[name] ?? []) as Row[]
    }
    list.push(row)
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
  return nodes.map((node, index) => {
    const isParent = nodes.some(({ parent, reference }) => reference !== undefined && parent === index)
    return { ...node, isLookedUp: index === 0 || isParent || node.referrer !== undefined, decode: createDecoder(node) }
  })
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

/**
 * Returns a function that makes a record of the values of a row. It shows no nested records yet. The function is compiled,
 * because filling in a record field by field takes several times as long as an object literal.
 */
function createDecoder({ table, nested }: Node): (values: unknown[]) => Row {
  const columns = Object.entries(getTableColumns(table))
  const fields = columns.map(([name, column], index) => {
    const value = `values[${index}]`
    const isStored = column.mapFromDriverValue === Column.prototype.mapFromDriverValue
    const decoded = `${value} === null ? null : columns[${index}][1].mapFromDriverValue(${value})`
    return `${JSON.stringify(name)}: ${isStored ? value : decoded}`
  })
  const shown = Object.entries(nested).map(([name, kind]) => {
    return isMany(kind)
      ? `${JSON.stringify(name)}: [], ${JSON.stringify(`${name}_next`)}: null`
      : `${JSON.stringify(name)}: null`
  })
  return new Function('columns', `return (values) => ({ ${[...fields, ...shown].join(', ')} })`)(columns)
}
