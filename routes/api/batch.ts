// Adds many records with one request, all of them or none. A resource adds it with one line.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type TObject, Type } from '@sinclair/typebox'
import { type AnyColumn, getTableColumns, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { FastifyRequest } from 'fastify'
import type { Database, Transaction } from '../../src/database/db.ts'
import { isInList, listValue } from '../../src/database/expressions.ts'
import { databaseFailure, repeatedColumns } from '../../src/database/failures.ts'
import { alreadyExists, invalidFields } from '../../src/errors.ts'
import type { RecordTable } from '../../src/nested.ts'
import { requireReferences } from '../../src/records.ts'
import { Id, IdempotencyKey, MAX_BATCH } from '../../src/schemas.ts'

/** How many bytes a body may have. */
const BODY_LIMIT = 1_000_000
/** How many records one statement adds. It takes some milliseconds. */
const ROWS = 100

const BatchCreated = Type.Object(
  { ids: Type.Array(Id, { maxItems: MAX_BATCH, description: 'In the order of the records.' }) },
  { title: 'BatchCreated' }
)

type Fields = Record<string, unknown>

interface Options {
  table: RecordTable
  /** The schema of the body that creates one record. */
  body: TObject
  /** The table of each field that refers to a record. */
  references?: Record<string, RecordTable>
}

/** Adds `POST …/batch` to the scope of a resource. */
const batch: FastifyPluginAsyncTypebox<Options> = async (app, { table, body, references = {} }) => {
  app.post(
    '/batch',
    {
      bodyLimit: BODY_LIMIT,
      preValidation: refuseLongList,
      schema: {
        summary: 'Add many records, all or none',
        headers: IdempotencyKey,
        body: Type.Array(body, {
          minItems: 1,
          maxItems: MAX_BATCH,
          title: body.title?.replace(/Body$/, 'Batch'),
          examples: [body.examples]
        }),
        response: { 201: BatchCreated }
      }
    },
    async function createAll(request, reply) {
      const { owner } = request.routeOptions.config
      const ownFields = owner?.isDirect ? { [owner.field]: request.principal?.id } : {}
      const records = (request.body as Fields[]).map((record) => ({ ...ownFields, ...record }))
      try {
        const created = await app.createOnce(request, async (tx) => {
          await requireReferences(tx, records as { [name: string]: number }[], references, app.visibleTo(request))
          return { ids: await insertAll(tx, table, records) }
        })
        reply.code(201)
        return created
      } catch (error) {
        if (databaseFailure(error) !== 'unique') throw error
        const fields = repeatedColumns(error).filter((name) => name in body.properties)
        throw alreadyExists(await repeatedFields(app.db, table, records, fields))
      }
    }
  )
}

// The validator looks at every element, also of a list that is too long.
async function refuseLongList({ body }: FastifyRequest): Promise<void> {
  if (Array.isArray(body) && body.length > MAX_BATCH) {
    throw invalidFields([{ field: 'body', message: `must have at most ${MAX_BATCH} records` }])
  }
}

async function insertAll(tx: Transaction, table: RecordTable, records: Fields[]): Promise<number[]> {
  const ids: number[] = []
  for (let start = 0; start < records.length; start += ROWS) {
    const rows = await tx
      .insert(table as PgTable)
      .values(records.slice(start, start + ROWS))
      .returning({ id: table.id })
    // The ids of one statement ascend with its rows, but it may return them in any order.
    ids.push(...rows.map(({ id }) => id as number).sort((one, other) => one - other))
  }
  return ids
}

/** Returns the fields, with their places, of the records whose values another record has, in the table or in the list. */
async function repeatedFields(
  db: Database,
  table: RecordTable,
  records: Fields[],
  fields: string[]
): Promise<string[]> {
  const columns = fields.map((field) => (getTableColumns(table) as Record<string, AnyColumn>)[field] as AnyColumn)
  const [column] = columns
  if (!column) return []
  const values = records.map((record) => columns.map((one, index) => stored(one, record[fields[index] as string])))
  const existing = await db
    .select(Object.fromEntries(columns.map((one, index) => [fields[index], one])) as Record<string, never>)
    .from(table as PgTable)
    .where(isInList(column, sql.param(listValue(values.map(([value]) => value)))))
  const known = new Set(
    existing.map((row: Fields) =>
      JSON.stringify(columns.map((one, index) => stored(one, row[fields[index] as string])))
    )
  )
  const repeated: string[] = []
  for (const [place, value] of values.entries()) {
    const text = JSON.stringify(value)
    if (known.has(text)) repeated.push(...fields.map((field) => `${place}.${field}`))
    known.add(text)
  }
  return repeated.length > 0 ? repeated.slice(0, MAX_BATCH) : fields
}

/** Returns a value as the database stores it. */
function stored(column: AnyColumn, value: unknown): unknown {
  return value === undefined || value === null ? null : column.mapToDriverValue(value)
}

export default batch
