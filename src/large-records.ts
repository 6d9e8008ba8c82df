// Reads a record that has too many nested records to read them all: level by level, only what is shown.

import { desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database } from './database/db.ts'
import { isMany, type Many, NESTED_LIMIT, NESTED_TOTAL, type Nested, type One, type RecordTable } from './nested.ts'
import { createPauses } from './pauses.ts'
import { fieldOf, type Row } from './record-tree.ts'

/** The nested records of this many records are read at once: about 1,000 rows, which take some milliseconds. */
const GROUP = 10

/** A record and how many records it is, with the nested ones. */
interface Shape {
  row: Row
  size: number
}

/**
 * Returns a function that reads the record with this id. If it has more nested records than one response may hold, it shows
 * fewer of them, and `isCut` is true.
 */
export function createLargeRecordReader(
  db: Database,
  table: RecordTable,
  nested: Nested
): (id: number) => Promise<{ found: Map<number, Row>; isCut: boolean }> {
  return async (id) => {
    const rows = await rowsOf(db, table, eq(table.id, id))
    const [shape] = await addNested(db, table, nested, rows, 1 + NESTED_TOTAL)
    return { found: new Map(shape && [[id, shape.row]]), isCut: shape?.size === Infinity }
  }
}

/**
 * Adds to rows what they show. Returns those for which there is room, with their sizes: the number of their nested records,
 * and one. The first row is always returned: if its own nested records do not fit, it shows fewer of them, and its size is
 * infinite, so that nothing follows it.
 */
async function addNested(
  db: Database,
  table: RecordTable,
  nested: Nested,
  rows: Row[],
  room: number
): Promise<Shape[]> {
  const complete: Shape[] = []
  const pause = createPauses()
  let left = room
  for (let start = 0; start < rows.length; start += GROUP) {
    await pause()
    const group = rows.slice(start, start + GROUP).map((row) => ({ row, size: 1, isCut: false }))
    for (const [name, shown] of Object.entries(nested)) {
      if (isMany(shown)) await addNewest(db, table, name, shown, group, left)
      else await addTargets(db, table, name, shown, group)
    }
    for (const { row, size, isCut } of group) {
      if (isCut || size > left) return complete.length > 0 ? complete : [{ row, size: Infinity }]
      left -= size
      complete.push({ row, size })
    }
  }
  return complete
}

type Group = (Shape & { isCut: boolean })[]

async function addNewest(
  db: Database,
  table: RecordTable,
  name: string,
  { table: child, reference, nested }: Many<RecordTable, Nested>,
  group: Group,
  left: number
): Promise<void> {
  const ids = group.map(({ row }) => row.id)
  const field = fieldOf(child, reference)
  const parentOf = (row: Row) => row[field]
  const newest = Map.groupBy(await rowsOf(db, child, isAmongNewest(child, reference, table, ids)), parentOf)
  const wanted = ids.flatMap((id) => newest.get(id)?.slice(0, NESTED_LIMIT) ?? [])
  const shapes = Map.groupBy(await addNested(db, child, nested, wanted, left), ({ row }) => parentOf(row))
  for (const entry of group) {
    const all = newest.get(entry.row.id) ?? []
    const shown = shapes.get(entry.row.id) ?? []
    entry.isCut ||= shown.length < Math.min(all.length, NESTED_LIMIT)
    entry.size += shown.reduce((sum, { size }) => sum + size, 0)
    entry.row[name] = shown.map(({ row }) => row).reverse()
    entry.row[`${name}_next`] = shown.length < all.length ? (shown.at(-1)?.row.id ?? (all[0] as Row).id + 1) : null
  }
}

async function addTargets(db: Database, table: RecordTable, name: string, shown: One, group: Group): Promise<void> {
  const field = fieldOf(table, shown.reference)
  const ids = group.flatMap(({ row }) => row[field] ?? []) as number[]
  const rows = await rowsOf(db, shown.table, inArray(shown.table.id, ids))
  const targets = new Map(rows.map((row) => [row.id, row]))
  for (const { row } of group) row[name] = targets.get(row[field] as number) ?? null
}

/** Returns the rows of a table that meet a condition, the newest first. */
async function rowsOf(db: Database, table: RecordTable, condition: SQL): Promise<Row[]> {
  const rows = await db
    .select()
    .from(table as PgTable)
    .where(condition)
    .orderBy(desc(table.id))
  return rows as Row[]
}

/**
 * Returns a condition that selects the newest nested records of each parent in `ids`: one more per parent than is shown, so
 * that the caller knows whether there are older ones.
 */
function isAmongNewest(child: RecordTable, reference: AnyPgColumn, parent: RecordTable, ids: number[]): SQL {
  const key = sql.identifier(reference.name)
  const oldest = sql`select o.id from ${child} o where o.${key} = p.id order by o.id desc limit 1 offset ${NESTED_LIMIT}`
  const newest = sql`select n.id from ${parent} p join ${child} n on n.${key} = p.id and n.id >= coalesce((${oldest}), 0)`
  return sql`${child.id} in (${newest} where p.id in ${ids})`
}
