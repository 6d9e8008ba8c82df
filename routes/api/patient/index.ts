// The people who are measured, with all that is known of them.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { ifMatch, nextVersion, paginate, single } from '../../../src/records.ts'
import { Changes, IfMatch, Message, RecordPath, SliceQuery } from '../../../src/schemas.ts'
import { appointment, measure, patient } from '../../../src/tables/clinic.ts'
import { Patient, PatientBody, PatientList } from './schema.ts'

const patients: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')

  const nested = {
    appointments: {
      with: { measures: { with: { category: true }, orderBy: asc(measure.id) } },
      orderBy: asc(appointment.id)
    }
  } as const
  const record = db.query.patient
    .findFirst({ where: eq(patient.id, sql.placeholder('id')), with: nested })
    .prepare('patient_record')

  async function find(id: number) {
    const row = await record.execute({ id })
    if (!row) throw new NotFound('Patient')
    return row
  }

  app.get(
    '/',
    { schema: { querystring: SliceQuery({}), response: { 200: PatientList } } },
    async function list(request) {
      const { limit, after = 0 } = request.query
      const rows = await db.query.patient.findMany({
        where: gt(patient.id, after),
        with: nested,
        orderBy: asc(patient.id),
        limit: limit + 1
      })
      const [patients, next] = paginate(rows, limit)
      return { patients, next }
    }
  )

  app.post('/', { schema: { body: PatientBody, response: { 201: Patient } } }, async function create(request, reply) {
    const { id } = single(await db.insert(patient).values(request.body).returning())
    reply.code(201).header('location', `/api/patient/${id}`)
    return await find(id)
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Patient } } }, async function read(request) {
    return await find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(PatientBody), response: { 200: Patient } },
    handler: async function update(request) {
      const { id } = request.params
      const [changed] = await db
        .update(patient)
        .set({ ...request.body, version: nextVersion(patient.version) })
        .where(and(eq(patient.id, id), ifMatch(request, patient.version)))
        .returning()
      if (!changed) {
        await find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return await find(id)
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
        await find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Patient deleted' }
    }
  )
}

export default patients
