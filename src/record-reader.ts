// Reads the records of a resource, alone or as a slice of a list, with the nested records that they show.

import { and, eq, type SQL } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { createBatcher } from './batches.ts'
import type { Database } from './database/db.ts'
import { NotFound } from './errors.ts'
import {
  createIdFinder,
  createPlaceFinder,
  isBackwards,
  type Order,
  type Place,
  type SliceRequest
} from './id-finder.ts'
import { keepRecords } from './kept-records.ts'
import { createLargeRecordReader } from './large-records.ts'
import { isMany, NESTED_TOTAL, type Nested, type RecordTable, type WithNested } from './nested.ts'
import { createPauses } from './pauses.ts'
import { createTreeReader, type Row } from './record-tree.ts'
import { markShared } from './sent-records.ts'

export interface RecordReader<Record> {
  /**
   * Returns the record with this id, if it meets the condition. Throws NotFound when there is none. All requests of one turn of
   * the event loop share one reading. On SQLite, its result is kept until anything in the database changes. So requests share
   * the object of a record: do not change it.
   */
  find(id: number, condition?: SQL): Promise<Record>
  /**
   * Returns the records of a slice that meet the condition, in the order of ids, and the `next` cursor (null for the last
   * slice). The slice ends early when its nested records are more than one response may hold.
   */
  list(slice: SliceRequest, condition?: SQL): Promise<[records: Record[], next: number | null]>
  /**
   * Like `list`, in another order, and after a place in it. An index leads to the records that meet the condition; `check` is
   * checked for one after the other, and the slice ends early when that takes long.
   */
  listSorted(
    order: Order,
    slice: { limit: number; after?: Place | undefined },
    condition?: SQL,
    check?: SQL
  ): Promise<[records: Record[], next: Place | null]>
  /** Returns how many records meet the condition. */
  count(condition?: SQL): Promise<number>
}

interface Group {
  ids: number[]
  /** Those of the ids that exist. */
  found: Map<number, Row>
  /** A record shows fewer nested records than the limit of each kind, because they are too many in all. */
  isCut: boolean
}

/** So many records are read at once; fewer, when they have too many nested records. */
const GROUPS = [100, 10, 1]

/** Returns the reader of a table, whose records show these nested records. `title` names a record in errors. */
export function createRecordReader<Table extends RecordTable, Shown extends Nested = Record<never, never>>(
  db: Database,
  table: Table,
  title: string,
  nested: Shown = {} as Shown
): RecordReader<WithNested<Table, Shown>> {
  type Result = WithNested<Table, Shown>
  const findIds = createIdFinder(db, table)
  const findPlaces = createPlaceFinder(db, table)
  const readTree = keepRecords(db, createTreeReader(db, table, nested))
  const readLarge = createLargeRecordReader(db, table, nested)
  const countNested = createCounter(nested)

  /** Yields groups of records. Other requests run in between. */
  async function* read(ids: number[], size = 0): AsyncGenerator<Group> {
    const pause = createPauses()
    const length = GROUPS[size] ?? 1
    for (let start = 0; start < ids.length; start += length) {
      await pause()
      const group = ids.slice(start, start + length)
      const found = await readTree(group)
      if (found) yield { ids: group, found, isCut: false }
      else if (group.length > 1) yield* read(group, size + 1)
      else yield { ids: group, ...(await readLarge(group[0] as number)) }
    }
  }

  const findTogether = createBatcher(async (ids: number[]) => {
    const all = new Map<number, Row>()
    for await (const { found } of read(ids)) {
      for (const [id, record] of found) {
        markShared(record)
        all.set(id, record)
      }
    }
    return all as Map<number, unknown> as Map<number, Result>
  })

  async function find(id: number, condition?: SQL): Promise<Result> {
    const isFound = !condition || (await findIds({ limit: 1 }, and(eq(table.id, id), condition))).length > 0
    const record = isFound ? await findTogether(id) : undefined
    if (!record) throw new NotFound(title)
    return record
  }

  /**
   * Returns the records at these places but for the last place, if there are more than `limit`, and the place of the last
   * record when more follow, or `end`. Ends earlier when there are too many nested records.
   */
  async function readPlaces<At extends { id: number }>(
    places: At[],
    limit: number,
    end: At | null = null
  ): Promise<[Result[], At | null]> {
    const wanted = places.slice(0, limit)
    let next = places.length > wanted.length ? (wanted.at(-1) ?? null) : end
    const records: Row[] = []
    let left = NESTED_TOTAL
    let done = 0
    reading: for await (const group of read(wanted.map(({ id }) => id))) {
      for (const id of group.ids) {
        const record = group.found.get(id)
        if (record) left -= countNested(record)
        if (left < 0 && records.length > 0) {
          next = wanted[done - 1] ?? null
          break reading
        }
        if (record) records.push(record)
        if (group.isCut) left = -1
        done++
      }
    }
    return [records as unknown as Result[], next]
  }

  async function list(request: SliceRequest, condition?: SQL): Promise<[Result[], number | null]> {
    const ids = await findIds({ ...request, limit: request.limit + 1 }, condition)
    const places = ids.map((id) => ({ id }))
    const [records, next] = await readPlaces(places, request.limit)
    if (isBackwards(request)) records.reverse()
    return [records, next?.id ?? null]
  }

  async function listSorted(
    order: Order,
    { limit, after }: { limit: number; after?: Place | undefined },
    condition?: SQL,
    check?: SQL
  ): Promise<[Result[], Place | null]> {
    const { places, end } = await findPlaces(order, limit + 1, after, condition, check)
    return await readPlaces(places, limit, end)
  }

  async function count(condition?: SQL): Promise<number> {
    return await db.$count(table as PgTable, condition)
  }

  return { find, list, listSorted, count }
}

/** Returns a function that counts the nested records of a record. */
function createCounter(nested: Nested): (record: Row) => number {
  const kinds = Object.entries(nested).flatMap(([name, kind]) =>
    isMany(kind) ? { name, isLeaf: !Object.values(kind.nested).some(isMany), count: createCounter(kind.nested) } : []
  )
  return (record) => {
    let total = 0
    for (const { name, isLeaf, count } of kinds) {
      const list = record[name] as Row[]
      total += list.length
      if (!isLeaf) for (const child of list) total += count(child)
    }
    return total
  }
}
