// The visits of a patient, with what was measured.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { etag, ifMatch, matches, nextVersion, only, page, requireReferences } from '../../../src/records.ts'
import { Changes, Id, IfMatch, Message, PageQuery, RecordPath } from '../../../src/schemas.ts'
import { appointment, measure, patient } from '../../../src/tables/clinic.ts'
import { Appointment, AppointmentBody, AppointmentList } from './schema.ts'

const appointments: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')

  const nested = { measures: { with: { category: true }, orderBy: asc(measure.id) } } as const
  const references = { patient_id: patient }
  const record = db.query.appointment
    .findFirst({ where: eq(appointment.id, sql.placeholder('id')), with: nested })
    .prepare('appointment_record')

  async function find(id: number) {
    const row = await record.execute({ id })
    if (!row) throw new NotFound('Appointment')
    return row
  }

  // Why a write met no row: there is none, or not in the version that If-Match asks for.
  async function missingOrChanged(id: number) {
    await find(id)
    return new PreconditionFailed()
  }

  app.get(
    '/',
    { schema: { querystring: PageQuery({ patient_id: Type.Optional(Id) }), response: { 200: AppointmentList } } },
    async function list(request) {
      const { limit, after = 0, patient_id } = request.query
      const rows = await db.query.appointment.findMany({
        where: and(gt(appointment.id, after), matches(appointment.patient_id, patient_id)),
        with: nested,
        orderBy: asc(appointment.id),
        limit: limit + 1
      })
      const [appointments, next] = page(rows, limit)
      return { appointments, next }
    }
  )

  app.post(
    '/',
    { schema: { body: AppointmentBody, response: { 201: Appointment } } },
    async function create(request, reply) {
      await requireReferences(db, request.body, references)
      const { id } = only(await db.insert(appointment).values(request.body).returning())
      const row = await find(id)
      return reply
        .code(201)
        .headers({ location: `/api/appointment/${id}`, etag: etag(row) })
        .send(row)
    }
  )

  app.get(
    '/:id',
    { schema: { params: RecordPath, response: { 200: Appointment } } },
    async function read(request, reply) {
      const row = await find(request.params.id)
      return reply.header('etag', etag(row)).send(row)
    }
  )

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(AppointmentBody), response: { 200: Appointment } },
    handler: async function update(request, reply) {
      const { id } = request.params
      await requireReferences(db, request.body, references)
      const [changed] = await db
        .update(appointment)
        .set({ ...request.body, version: nextVersion(appointment.version) })
        .where(and(eq(appointment.id, id), ifMatch(request, appointment.version)))
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
        .delete(appointment)
        .where(and(eq(appointment.id, id), ifMatch(request, appointment.version)))
        .returning()
      if (!row) throw await missingOrChanged(id)
      return { message: 'Appointment deleted' }
    }
  )
}

export default appointments
