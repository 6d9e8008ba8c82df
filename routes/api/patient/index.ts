// The people who are measured, with all that is known of them.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, eq } from 'drizzle-orm'
import { PreconditionFailed } from '../../../src/errors.ts'
import { createList } from '../../../src/lists.ts'
import { many, one } from '../../../src/nested.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { changesIn, createUpdater, ifMatch, single } from '../../../src/records.ts'
import { Changes, IdempotencyKey, IfMatch, Message, RecordPath } from '../../../src/schemas.ts'
import { appointment, category, measure, patient, patientSearch } from '../../../src/tables/clinic.ts'
import accessReport from '../access-report.ts'
import { Patient, PatientBody, PatientList } from './schema.ts'

const patients: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')
  app.subject(patient)

  const records = createRecordReader(db, patient, 'Patient', {
    appointments: many(appointment, appointment.patient_id, {
      measures: many(measure, measure.appointment_id, { category: one(category, measure.category_id) })
    })
  })
  const listing = createList(db, records, patient, PatientBody, {
    search: patientSearch,
    ranges: ['birthday'],
    sort: ['surname', 'birthday']
  })
  const updateRecord = createUpdater(db, patient)

  app.get(
    '/',
    { schema: { querystring: listing.query, response: { 200: PatientList } } },
    async function list({ query }) {
      const [patients, position] = await listing.read(query)
      return { patients, ...position }
    }
  )

  app.post(
    '/',
    { schema: { headers: IdempotencyKey, body: PatientBody, response: { 201: Patient } } },
    async function create(request, reply) {
      const row = await app.createOnce(request, async (tx) => {
        return single(await tx.insert(patient).values(request.body).returning())
      })
      reply.code(201).header('location', `/api/patient/${row.id}`)
      return { ...row, appointments: [], appointments_next: null }
    }
  )

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Patient } } }, async function read(request) {
    return await records.find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(PatientBody, Patient), response: { 200: Patient } },
    handler: async function update(request) {
      const { id } = request.params
      const newValues = await changesIn(request.body, PatientBody, Patient, () => records.find(id))
      const changed = await updateRecord(id, newValues, ifMatch(request, patient.version))
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
        .delete(patient)
        .where(and(eq(patient.id, id), ifMatch(request, patient.version)))
        .returning()
      if (!row) {
        await records.find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Patient deleted' }
    }
  )

  app.register(accessReport, { subject: patient, fhirType: 'Patient' })
}

export default patients
