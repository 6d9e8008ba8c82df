// The least a resource can be: records with a name.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, eq } from 'drizzle-orm'
import { PreconditionFailed } from '../../../src/errors.ts'
import { createList } from '../../../src/lists.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { changesIn, createUpdater, ifMatch, single } from '../../../src/records.ts'
import { Changes, IdempotencyKey, IfMatch, Message, RecordPath } from '../../../src/schemas.ts'
import { Sample, SampleBody, SampleList } from './schema.ts'
import { sample, sampleSearch } from './table.ts'

const samples: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')
  app.subject(sample)

  const records = createRecordReader(db, sample, 'Sample')
  const listing = createList(db, records, sample, SampleBody, { sort: ['name'], search: sampleSearch })
  const updateRecord = createUpdater(db, sample)

  app.get(
    '/',
    { schema: { querystring: listing.query, response: { 200: SampleList } } },
    async function list({ query }) {
      const [samples, position] = await listing.read(query)
      return { samples, ...position }
    }
  )

  app.post(
    '/',
    { schema: { headers: IdempotencyKey, body: SampleBody, response: { 201: Sample } } },
    async function create(request, reply) {
      const row = await app.createOnce(request, async (tx) => {
        return single(await tx.insert(sample).values(request.body).returning())
      })
      reply.code(201).header('location', `/api/sample/${row.id}`)
      return row
    }
  )

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Sample } } }, async function read(request) {
    return await records.find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(SampleBody, Sample), response: { 200: Sample } },
    handler: async function update(request) {
      const { id } = request.params
      const newValues = await changesIn(request.body, SampleBody, Sample, () => records.find(id))
      const row = await updateRecord(id, newValues, ifMatch(request, sample.version))
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
        .delete(sample)
        .where(and(eq(sample.id, id), ifMatch(request, sample.version)))
        .returning()
      if (!row) {
        await records.find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Sample deleted' }
    }
  )
}

export default samples
