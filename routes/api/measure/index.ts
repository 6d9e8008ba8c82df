// What was measured at an appointment.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { equalsIfGiven, ifMatch, nextVersion, paginate, requireReferences, single } from '../../../src/records.ts'
import { Changes, Id, IfMatch, Message, RecordPath, SliceQuery } from '../../../src/schemas.ts'
import { appointment, category, measure } from '../../../src/tables/clinic.ts'
import { Measure, MeasureBody, MeasureList } from './schema.ts'

const measures: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')

  const nested = { category: true } as const
  const references = { appointment_id: appointment, category_id: category }
  const record = db.query.measure
    .findFirst({ where: eq(measure.id, sql.placeholder('id')), with: nested })
    .prepare('measure_record')

  async function find(id: number) {
    const row = await record.execute({ id })
    if (!row) throw new NotFound('Measure')
    return row
  }

  app.get(
    '/',
    {
      schema: {
        querystring: SliceQuery({ appointment_id: Type.Optional(Id), category_id: Type.Optional(Id) }),
        response: { 200: MeasureList }
      }
    },
    async function list(request) {
      const { limit, after = 0, appointment_id, category_id } = request.query
      const rows = await db.query.measure.findMany({
        where: and(
          gt(measure.id, after),
          equalsIfGiven(measure.appointment_id, appointment_id),
          equalsIfGiven(measure.category_id, category_id)
        ),
        with: nested,
        orderBy: asc(measure.id),
        limit: limit + 1
      })
      const [measures, next] = paginate(rows, limit)
      return { measures, next }
    }
  )

  app.post('/', { schema: { body: MeasureBody, response: { 201: Measure } } }, async function create(request, reply) {
    await requireReferences(db, request.body, references)
    const { id } = single(await db.insert(measure).values(request.body).returning())
    reply.code(201).header('location', `/api/measure/${id}`)
    return await find(id)
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Measure } } }, async function read(request) {
    return await find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(MeasureBody), response: { 200: Measure } },
    handler: async function update(request) {
      const { id } = request.params
      await requireReferences(db, request.body, references)
      const [changed] = await db
        .update(measure)
        .set({ ...request.body, version: nextVersion(measure.version) })
        .where(and(eq(measure.id, id), ifMatch(request, measure.version)))
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
        .delete(measure)
        .where(and(eq(measure.id, id), ifMatch(request, measure.version)))
        .returning()
      if (!row) {
        await find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Measure deleted' }
    }
  )
}

export default measures
