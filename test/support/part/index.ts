// The parts of a sample: one field of every kind.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, eq } from 'drizzle-orm'
import { PreconditionFailed } from '../../../src/errors.ts'
import { createList } from '../../../src/lists.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { changesIn, createUpdater, ifMatch, requireReferences, single } from '../../../src/records.ts'
import { Changes, IdempotencyKey, IfMatch, Message, RecordPath } from '../../../src/schemas.ts'
import { sample } from '../sample/table.ts'
import { Part, PartBody, PartList } from './schema.ts'
import { part, partSearch } from './table.ts'

const parts: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')
  app.subject(sample, part.sample_id)

  const records = createRecordReader(db, part, 'Part')
  const listing = createList(db, records, part, PartBody, {
    filters: ['sample_id'],
    ranges: ['made_on', 'seen_at', 'amount', 'count'],
    sort: ['label', 'made_on', 'seen_at', 'amount', 'count'],
    search: partSearch
  })
  const updateRecord = createUpdater(db, part)
  const references = { sample_id: sample }

  app.get('/', { schema: { querystring: listing.query, response: { 200: PartList } } }, async function list({ query }) {
    const [parts, position] = await listing.read(query)
    return { parts, ...position }
  })

  app.post(
    '/',
    { schema: { headers: IdempotencyKey, body: PartBody, response: { 201: Part } } },
    async function create(request, reply) {
      const row = await app.createOnce(request, async (tx) => {
        await requireReferences(tx, request.body, references, app.visibleTo(request))
        return single(await tx.insert(part).values(request.body).returning())
      })
      reply.code(201).header('location', `/api/part/${row.id}`)
      return row
    }
  )

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Part } } }, async function read(request) {
    return await records.find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(PartBody, Part), response: { 200: Part } },
    handler: async function update(request) {
      const { id } = request.params
      const newValues = await changesIn(request.body, PartBody, Part, () => records.find(id))
      await requireReferences(db, newValues, references, app.visibleTo(request))
      const row = await updateRecord(id, newValues, ifMatch(request, part.version))
      if (!row) {
        await records.find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return row
    }
  })

  app.delete(
    '/:id',
    { schema: { params: RecordPath, headers: IfMatch, response: { 200: Message } } },
    async function remove(request) {
      const { id } = request.params
      const [row] = await db
        .delete(part)
        .where(and(eq(part.id, id), ifMatch(request, part.version)))
        .returning()
      if (!row) {
        await records.find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Part deleted' }
    }
  )
}

export default parts
