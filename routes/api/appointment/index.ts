// The visits of a patient, with what was measured.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, eq } from 'drizzle-orm'
import { PreconditionFailed } from '../../../src/errors.ts'
import { createList } from '../../../src/lists.ts'
import { many, one } from '../../../src/nested.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { changesIn, createUpdater, ifMatch, requireReferences, single } from '../../../src/records.ts'
import { Changes, IdempotencyKey, IfMatch, Message, RecordPath } from '../../../src/schemas.ts'
import { appointment, category, measure, patient } from '../../../src/tables/clinic.ts'
import { Appointment, AppointmentBody, AppointmentList } from './schema.ts'

const appointments: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')
  app.subject(patient, appointment.patient_id)

  const records = createRecordReader(db, appointment, 'Appointment', {
    measures: many(measure, measure.appointment_id, { category: one(category, measure.category_id) })
  })
  const listing = createList(db, records, appointment, AppointmentBody, {
    filters: ['patient_id'],
    ranges: ['date'],
    sort: ['date']
  })
  const updateRecord = createUpdater(db, appointment)
  const references = { patient_id: patient }

  app.get(
    '/',
    { schema: { querystring: listing.query, response: { 200: AppointmentList } } },
    async function list({ query }) {
      const [appointments, position] = await listing.read(query)
      return { appointments, ...position }
    }
  )

  app.post(
    '/',
    { schema: { headers: IdempotencyKey, body: AppointmentBody, response: { 201: Appointment } } },
    async function create(request, reply) {
      const row = await app.createOnce(request, async (tx) => {
        await requireReferences(tx, request.body, references, app.visibleTo(request))
        return single(await tx.insert(appointment).values(request.body).returning())
      })
      reply.code(201).header('location', `/api/appointment/${row.id}`)
      return { ...row, measures: [], measures_next: null }
    }
  )

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Appointment } } }, async function read(request) {
    return await records.find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: {
      params: RecordPath,
      headers: IfMatch,
      body: Changes(AppointmentBody, Appointment),
      response: { 200: Appointment }
    },
    handler: async function update(request) {
      const { id } = request.params
      const newValues = await changesIn(request.body, AppointmentBody, Appointment, () => records.find(id))
      await requireReferences(db, newValues, references, app.visibleTo(request))
      const changed = await updateRecord(id, newValues, ifMatch(request, appointment.version))
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
        .delete(appointment)
        .where(and(eq(appointment.id, id), ifMatch(request, appointment.version)))
        .returning()
      if (!row) {
        await records.find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Appointment deleted' }
    }
  )
}

export default appointments
