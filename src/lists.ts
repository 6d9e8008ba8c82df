// The list of a resource: what it can be filtered and sorted by is declared once. The schema of the query and the conditions of
// the statements both come from the declaration.

import { type TObject, type TSchema, Type } from '@sinclair/typebox'
import { and, getTableColumns, lt, type SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Database } from './database/db.ts'
import { databaseFailure } from './database/failures.ts'
import { requireIndex } from './database/sort-indexes.ts'
import { invalidFields } from './errors.ts'
import { createConditions, type Limits } from './list-conditions.ts'
import { cursorOf, idOf, placeOf } from './list-cursors.ts'
import { Cursor, SliceQuery } from './list-schemas.ts'
import type { RecordTable } from './nested.ts'
import type { RecordReader } from './record-reader.ts'
import { Flag, Text } from './schemas.ts'
import type { Searchable } from './search/searchable.ts'
import { findWords } from './search/word-index.ts'

/** Fields of the body of a resource. Each needs an index that begins with its column; one to sort by, also with the id. */
interface ListOptions<Field> {
  /** Fields that a list can be filtered by: `room_id=3`. */
  filters?: Field[]
  /** Dates, instants and numbers that can be limited: `date_from=…` and `date_to=…`, which belong to the range. */
  ranges?: Field[]
  /** Fields that a list can be sorted by, besides the id: `sort=date`, or `sort=-date` for the largest first. */
  sort?: Field[]
  /** What the words of `q=…` are searched in. It is declared beside the table. */
  search?: Searchable
}

interface ListQuery {
  limit: number
  after?: string
  before?: number
  sort?: string
  q?: string
  count?: boolean
}

/** What a response has besides the records. */
interface Position {
  next: number | string | null
  count?: number | null
}

/** The longest text that a list can be sorted by, in characters: an index of PostgreSQL holds no longer ones. */
const LONGEST_SORTED = 500

/** In characters. */
const LONGEST_SEARCH = 100

/**
 * Returns the list of a resource: the schema of its query, and a function that reads a slice. Takes its record reader, its
 * table, the schema of its body, and the names of fields. Throws when an index is missing.
 */
export function createList<Record, Body extends TObject>(
  db: Database,
  records: RecordReader<Record>,
  table: RecordTable,
  body: Body,
  { filters = [], ranges = [], sort = [], search }: ListOptions<keyof Body['properties'] & string> = {}
) {
  const columns: { [name: string]: AnyPgColumn } = { ...getTableColumns(table) }
  const columnOf = (name: string) => columns[name] as AnyPgColumn
  for (const name of [...filters, ...ranges]) requireIndex(table, [columnOf(name)], `lists are filtered by ${name}`)
  for (const name of sort) requireIndex(table, [columnOf(name), table.id], `lists are sorted by ${name}`)
  for (const name of sort) requireShort(name, schemaOf(body, name))
  const orders = ['id', ...sort].flatMap((name) => [name, `-${name}`])

  const conditions = createConditions(table, filters, ranges)

  async function readById({ limit, after, before }: ListQuery, { condition, check }: Limits) {
    const id = after === undefined ? undefined : idOf(after)
    if (after !== undefined && id === undefined) throw wrongCursor()
    if (!check) return await records.list({ limit, ...(id && { after: id }), ...(before && { before }) }, condition)
    const isDescending = before !== undefined && id === undefined
    const start = isDescending ? before : id
    const isBefore = before !== undefined && !isDescending ? lt(table.id, before) : undefined
    const slice = { limit, after: start === undefined ? undefined : { id: start, value: null } }
    const order = { column: table.id, isDescending }
    const [found, next] = await records.listSorted(order, slice, and(condition, isBefore), check)
    if (isDescending) found.reverse()
    return [found, next?.id ?? null] as const
  }

  async function readSorted(sort: string, { limit, after, before }: ListQuery, { condition, check }: Limits) {
    if (before !== undefined) throw invalidFields([{ field: 'before', message: 'cannot be given together with sort' }])
    const place = after === undefined ? undefined : placeOf(sort, after)
    if (after !== undefined && !place) throw wrongCursor()
    const order = { column: columnOf(sort.replace('-', '')), isDescending: sort.startsWith('-') }
    try {
      const [found, next] = await records.listSorted(order, { limit, after: place }, condition, check)
      return [found, next && cursorOf(sort, next)] as const
    } catch (error) {
      // The value of a cursor that somebody made up can have the wrong type. Only the database knows all of them.
      throw place && databaseFailure(error) === 'value' ? wrongCursor() : error
    }
  }

  return {
    query: querySchema(body, filters, ranges, orders, search !== undefined),

    /** Returns the records of the slice that a query asks for, among those that are visible, and what else the response has. */
    async read(query: ListQuery, visible?: SQL): Promise<[Record[], Position]> {
      const { sort, q } = query
      const words = search && q !== undefined ? await findWords(db, search, q) : []
      const found = await conditions.limitsOf(db, { ...query }, sort?.replace('-', '') ?? 'id', words)
      const limits = { ...found, condition: and(found.condition, visible) }
      const [slice, next] = sort ? await readSorted(sort, query, limits) : await readById(query, limits)
      const { condition, check, isCountable } = limits
      if (!query.count) return [slice, { next }]
      return [slice, { next, count: isCountable ? await records.count(and(condition, check)) : null }]
    }
  }
}

const Words = {
  ...Text(LONGEST_SEARCH, 1),
  description:
    'Words to search by, in any order. Each finds words that begin with it, whatever their accents and capital letters.',
  examples: ['love']
}

function wrongCursor(): Error {
  return invalidFields([{ field: 'after', message: 'must be the `next` of a slice with the same sort' }])
}

/** The names of the fields are known only at runtime, so the type has only what every list has. */
function querySchema(body: TObject, filters: string[], ranges: string[], orders: string[], isSearched: boolean) {
  const limitsOf = (name: string) => [
    [
      `${name}_from`,
      { ...limitOf(body, name), description: `Only records whose \`${name}\` is this or more.` }
    ] as const,
    [`${name}_to`, { ...limitOf(body, name), description: `Only records whose \`${name}\` is this or less.` }] as const
  ]
  const { limit, before } = SliceQuery({}).properties
  const equal = (name: string) => ({ ...schemaOf(body, name), description: `Only records with this \`${name}\`.` })
  const fields = [...filters.map((name) => [name, equal(name)] as const), ...ranges.flatMap(limitsOf)]
  return Type.Object(
    {
      limit,
      after: Type.Optional(Cursor),
      before,
      ...(Object.fromEntries(fields.map(([name, schema]) => [name, Type.Optional(schema)])) as object),
      sort: Type.Optional(
        Type.Unsafe<string>({
          type: 'string',
          enum: orders,
          description: 'A field to sort by, with `-` the largest first. Without it, the order is that of the ids.',
          examples: [orders.at(-1)]
        })
      ),
      ...((isSearched ? { q: Type.Optional(Words) } : {}) as { q?: typeof Words }),
      count: Type.Optional({ ...Flag, description: 'Whether the response has the number of all records of the list.' })
    },
    { additionalProperties: false }
  )
}

/** Returns the schema of a field of a body as it is in a query, where it cannot be null. */
function schemaOf(body: TObject, name: string): TSchema {
  const { type, ...schema } = body.properties[name] as TSchema
  return Type.Unsafe({ ...schema, type: [type].flat()[0] })
}

function limitOf(body: TObject, name: string): TSchema {
  const schema = schemaOf(body, name)
  if (schema.type === 'boolean' || schema.format === 'text') throw new Error(`${name} cannot be a range`)
  return schema
}

function requireShort(name: string, { type, maxLength = 0 }: TSchema): void {
  if (type === 'string' && maxLength > LONGEST_SORTED)
    throw new Error(`${name} is too long to sort by: it may have at most ${LONGEST_SORTED} characters`)
}
