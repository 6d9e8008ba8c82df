// The visits of a patient, with what was measured.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { equalsIfGiven, ifMatch, nextVersion, paginate, requireReferences, single } from '../../../src/records.ts'
import { Changes, Id, IfMatch, Message, RecordPath, SliceQuery } from '../../../src/schemas.ts'
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

  app.get(
    '/',
    { schema: { querystring: SliceQuery({ patient_id: Type.Optional(Id) }), response: { 200: AppointmentList } } },
    async function list(request) {
      const { limit, after = 0, patient_id } = request.query
      const rows = await db.query.appointment.findMany({
        where: and(gt(appointment.id, after), equalsIfGiven(appointment.patient_id, patient_id)),
        with: nested,
        orderBy: asc(appointment.id),
        limit: limit + 1
      })
      const [appointments, next] = paginate(rows, limit)
      return { appointments, next }
    }
  )

  app.post(
    '/',
    { schema: { body: AppointmentBody, response: { 201: Appointment } } },
    async function create(request, reply) {
      await requireReferences(db, request.body, references)
      const { id } = single(await db.insert(appointment).values(request.body).returning())
      reply.code(201).header('location', `/api/appointment/${id}`)
      return await find(id)
    }
  )

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Appointment } } }, async function read(request) {
    return await find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(AppointmentBody), response: { 200: Appointment } },
    handler: async function update(request) {
      const { id } = request.params
      await requireReferences(db, request.body, references)
      const [changed] = await db
        .update(appointment)
        .set({ ...request.body, version: nextVersion(appointment.version) })
        .where(and(eq(appointment.id, id), ifMatch(request, appointment.version)))
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
        .delete(appointment)
        .where(and(eq(appointment.id, id), ifMatch(request, appointment.version)))
        .returning()
      if (!row) {
        await find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Appointment deleted' }
    }
  )
}

export default appointments
