// The people who are measured, with all that is known of them.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { etag, ifMatch, nextVersion, only, page } from '../../../src/records.ts'
import { Changes, IfMatch, Message, PageQuery, RecordPath } from '../../../src/schemas.ts'
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

  // Why a write met no row: there is none, or not in the version that If-Match asks for.
  async function missingOrChanged(id: number) {
    await find(id)
    return new PreconditionFailed()
  }

  app.get(
    '/',
    { schema: { querystring: PageQuery({}), response: { 200: PatientList } } },
    async function list(request) {
      const { limit, after = 0 } = request.query
      const rows = await db.query.patient.findMany({
        where: gt(patient.id, after),
        with: nested,
        orderBy: asc(patient.id),
        limit: limit + 1
      })
      const [patients, next] = page(rows, limit)
      return { patients, next }
    }
  )

  app.post('/', { schema: { body: PatientBody, response: { 201: Patient } } }, async function create(request, reply) {
    const { id } = only(await db.insert(patient).values(request.body).returning())
    const row = await find(id)
    return reply
      .code(201)
      .headers({ location: `/api/patient/${id}`, etag: etag(row) })
      .send(row)
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Patient } } }, async function read(request, reply) {
    const row = await find(request.params.id)
    return reply.header('etag', etag(row)).send(row)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(PatientBody), response: { 200: Patient } },
    handler: async function update(request, reply) {
      const { id } = request.params
      const [changed] = await db
        .update(patient)
        .set({ ...request.body, version: nextVersion(patient.version) })
        .where(and(eq(patient.id, id), ifMatch(request, patient.version)))
        .returning()
      if (!changed) throw await missingOrChanged(id)
      const row = await find(id)
      return reply.header('etag', etag(row)).send(row)
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
      if (!row) throw await missingOrChanged(id)
      return { message: 'Patient deleted' }
    }
  )
}

export default patients
