// What was measured at an appointment.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import { and, eq } from 'drizzle-orm'
import type { Transaction } from '../../../src/database/db.ts'
import { PreconditionFailed } from '../../../src/errors.ts'
import { createList } from '../../../src/lists.ts'
import { one } from '../../../src/nested.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { changesIn, createUpdater, ifMatch, requireReferences, single } from '../../../src/records.ts'
import { Changes, IdempotencyKey, IfMatch, Message, RecordPath } from '../../../src/schemas.ts'
import { appointment, category, measure, patient } from '../../../src/tables/clinic.ts'
import batch from '../batch.ts'
import { Measure, MeasureBody, MeasureList } from './schema.ts'

const measures: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')
  app.subject(patient, measure.appointment_id, appointment.patient_id)

  const records = createRecordReader(db, measure, 'Measure', { category: one(category, measure.category_id) })
  const listing = createList(db, records, measure, MeasureBody, {
    filters: ['appointment_id', 'category_id'],
    ranges: ['timestamp'],
    sort: ['timestamp']
  })
  const updateRecord = createUpdater(db, measure)
  const references = { appointment_id: appointment, category_id: category }

  app.get(
    '/',
    { schema: { querystring: listing.query, response: { 200: MeasureList } } },
    async function list({ query }) {
      const [measures, position] = await listing.read(query)
      return { measures, ...position }
    }
  )

  app.post(
    '/',
    { schema: { headers: IdempotencyKey, body: MeasureBody, response: { 201: Measure } } },
    async function create(request, reply) {
      const record = await app.createOnce(request, async (tx) => {
        await requireReferences(tx, request.body, references, app.visibleTo(request))
        return await addMeasure(tx, request.body)
      })
      reply.code(201).header('location', `/api/measure/${record.id}`)
      return record
    }
  )

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Measure } } }, async function read(request) {
    return await records.find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(MeasureBody, Measure), response: { 200: Measure } },
    handler: async function update(request) {
      const { id } = request.params
      const newValues = await changesIn(request.body, MeasureBody, Measure, () => records.find(id))
      await requireReferences(db, newValues, references, app.visibleTo(request))
      const changed = await updateRecord(id, newValues, ifMatch(request, measure.version))
      if (!changed) {
        await records.find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return await records.find(id)
    }
  })

  app.delete(
    '/:id',
    { schema: { params: RecordPath, headers: IfMatch, response: { 200: Message } } },
    async function remove(request) {
      const { id } = request.params
      const [row] = await db
        .delete(measure)
        .where(and(eq(measure.id, id), ifMatch(request, measure.version)))
        .returning()
      if (!row) {
        await records.find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Measure deleted' }
    }
  )

  app.register(batch, { table: measure, body: MeasureBody, references })
}

/** Adds a measure and returns it with its category, which nobody can delete before the end of the transaction. */
async function addMeasure(tx: Transaction, body: Static<typeof MeasureBody>) {
  const row = single(await tx.insert(measure).values(body).returning())
  return { ...row, category: single(await tx.select().from(category).where(eq(category.id, row.category_id))) }
}

export default measures
