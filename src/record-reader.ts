// Reads the records of a resource, alone or as a slice of a list, with the nested records that they show.

import { and, asc, desc, eq, gt, lt, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { createBatcher } from './batches.ts'
import type { Database } from './database/db.ts'
import { NotFound } from './errors.ts'
import { createLargeRecordReader } from './large-records.ts'
import { isMany, NESTED_TOTAL, type Nested, type RecordTable, type WithNested } from './nested.ts'
import { createPauses } from './pauses.ts'
import { createTreeReader, type Row } from './record-tree.ts'

/** Which slice of a list a request asks for. */
export interface SliceRequest {
  limit: number
  after?: number
  before?: number
}

export interface RecordReader<Record> {
  /**
   * Returns the record with this id, if it meets the condition. Throws NotFound when there is none. All requests of one turn of
   * the event loop share one reading, and those for the same id the same object, so do not change it.
   */
  find(id: number, condition?: SQL): Promise<Record>
  /**
   * Returns the records of a slice that meet the condition, in the order of ids, and the `next` cursor (null for the last
   * slice). The slice ends early when its nested records are more than one response may hold.
   */
  list(slice: SliceRequest, condition?: SQL): Promise<[records: Record[], next: number | null]>
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
  const readTree = createTreeReader(db, table, nested)
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
    for await (const { found } of read(ids)) for (const [id, record] of found) all.set(id, record)
    return all as Map<number, unknown> as Map<number, Result>
  })

  async function find(id: number, condition?: SQL): Promise<Result> {
    const isFound = !condition || (await findIds({ limit: 1 }, and(eq(table.id, id), condition))).length > 0
    const record = isFound ? await findTogether(id) : undefined
    if (!record) throw new NotFound(title)
    return record
  }

  async function list(request: SliceRequest, condition?: SQL): Promise<[Result[], number | null]> {
    const ids = await findIds({ ...request, limit: request.limit + 1 }, condition)
    const wanted = ids.slice(0, request.limit)
    let next = ids.length > wanted.length ? (wanted.at(-1) ?? null) : null

    const records: Row[] = []
    let left = NESTED_TOTAL
    let previous: number | null = null
    reading: for await (const group of read(wanted)) {
      for (const id of group.ids) {
        const record = group.found.get(id)
        if (record) left -= countNested(record)
        if (left < 0 && records.length > 0) {
          next = previous
          break reading
        }
        if (record) records.push(record)
        if (group.isCut) left = -1
        previous = id
      }
    }
    if (isBackwards(request)) records.reverse()
    return [records as unknown as Result[], next]
  }

  return { find, list }
}

/** Returns a function that returns the ids of a slice that meet a condition: upwards, or downwards from `before` alone. */
function createIdFinder(db: Database, table: RecordTable) {
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

function isBackwards({ after, before }: SliceRequest): boolean {
  return before !== undefined && after === undefined
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
