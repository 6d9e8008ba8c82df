// Finds the ids of a slice of a list: in the order of ids, or sorted by a column and then by id.

import { and, asc, desc, gt, isNotNull, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database } from './database/db.ts'
import { plainValue } from './database/expressions.ts'
import { comparable } from './database/sort-indexes.ts'
import type { RecordTable } from './nested.ts'

/** Which slice of a list a request asks for. */
export interface SliceRequest {
  limit: number
  after?: number
  before?: number
}

/** How a list is sorted: by a column, which needs an index together with the id. Null comes before all values. */
export interface Order {
  column: AnyPgColumn
  isDescending: boolean
}

/** Where a record is in a sorted list: its value, as the database writes it, and its id. */
export interface Place {
  value: string | number | null
  id: number
}

/** Returns a function that returns the ids of a slice that meet a condition: upwards, or downwards from `before` alone. */
export function createIdFinder(db: Database, table: RecordTable) {
  // Building a statement takes longer than running it, so those without a condition are built once.
  const built = new Map<string, ReturnType<typeof build>>()

  function build(slice: SliceRequest, condition?: SQL) {
    const isAfter = slice.after === undefined ? undefined : gt(table.id, sql.placeholder('after'))
    const isBefore = slice.before === undefined ? undefined : lt(table.id, sql.placeholder('before'))
    return db
      .select({ id: table.id })
      .from(table as PgTable)
      .where(and(isAfter, isBefore, condition))
      .orderBy(isBackwards(slice) ? desc(table.id) : asc(table.id))
      .limit(sql.placeholder('limit'))
      .prepare('')
  }

  return async (slice: SliceRequest, condition?: SQL): Promise<number[]> => {
    const form = `${slice.after === undefined} ${slice.before === undefined}`
    const statement = condition ? build(slice, condition) : (built.get(form) ?? build(slice))
    if (!condition) built.set(form, statement)
    const rows = await statement.execute({ ...slice })
    return rows.map(({ id }) => id as number)
  }
}

export function isBackwards({ after, before }: SliceRequest): boolean {
  return before !== undefined && after === undefined
}

/** So many records are checked at once; they take some milliseconds. */
const WINDOW = 2000
/** After so many milliseconds a slice ends early, and its cursor leads to the records that were not checked. */
const PATIENCE = 200

/** Places of a sorted list. `end` is where to go on, if the rest of the list was not looked at. */
export interface Places {
  places: Place[]
  end: Place | null
}

/**
 * Returns a function that returns the places of a slice of a sorted list, after a place or from the start. `condition` leads to
 * the records by an index; `check` is checked for one after the other.
 */
export function createPlaceFinder(db: Database, table: RecordTable) {
  async function read(order: Order, limit: number, after?: Place, condition?: SQL, check?: SQL) {
    const rows: (Place & { matches: unknown })[] = []
    for (const query of placeQueries(db, table, order, after, condition, check)) {
      if (rows.length === limit) break
      rows.push(...((await query.limit(limit - rows.length)) as typeof rows))
    }
    return rows
  }

  return async (order: Order, limit: number, after?: Place, condition?: SQL, check?: SQL): Promise<Places> => {
    if (!check) return { places: await read(order, limit, after, condition), end: null }
    const places: Place[] = []
    const deadline = performance.now() + PATIENCE
    for (let end = after; ; ) {
      const rows = await read(order, WINDOW, end, condition, check)
      places.push(...rows.filter(({ matches }) => Number(matches) === 1))
      if (places.length >= limit || rows.length < WINDOW) return { places: places.slice(0, limit), end: null }
      end = rows.at(-1) as Place
      if (performance.now() > deadline) return { places, end }
      await new Promise(setImmediate) // let other requests run
    }
  }
}

/** Returns the queries for the places of the parts of a list, in their order. */
export function placeQueries(
  db: Database,
  table: RecordTable,
  order: Order,
  after?: Place,
  condition?: SQL,
  check?: SQL
) {
  const { column, isDescending } = order
  const direction = isDescending ? desc : asc
  const matches = check ? sql`case when ${check} then 1 else 0 end` : sql`1`
  return partsOf(table, order, after).map((part) =>
    db
      .select({ id: table.id, value: plainValue(column), matches })
      .from(table as PgTable)
      .where(and(part, condition))
      .orderBy(...(column === table.id ? [] : [direction(comparable(column))]), direction(table.id))
  )
}

/**
 * Returns the conditions of the parts of a list, in their order, without what is before a place. Records without a value are
 * a part of their own: a condition that covers both parts could not start at a place of the index.
 */
function partsOf(table: RecordTable, { column, isDescending }: Order, after?: Place): (SQL | undefined)[] {
  const idAfter = after && (isDescending ? lt(table.id, after.id) : gt(table.id, after.id))
  if (column === table.id) return [idAfter]
  const operator = sql.raw(isDescending ? '<' : '>')
  const rowAfter = after && sql`(${comparable(column)}, ${table.id}) ${operator} (${after.value}, ${after.id})`
  if (column.notNull) return [rowAfter]
  const [nulls, values] = [isNull(column), isNotNull(column)]
  if (!after) return isDescending ? [values, nulls] : [nulls, values]
  if (after.value === null) return isDescending ? [and(nulls, idAfter)] : [and(nulls, idAfter), values]
  return isDescending ? [and(values, rowAfter), nulls] : [and(values, rowAfter)]
}
