// What was measured at an appointment.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { etag, ifMatch, matches, nextVersion, only, page, requireReferences } from '../../../src/records.ts'
import { Changes, Id, IfMatch, Message, PageQuery, RecordPath } from '../../../src/schemas.ts'
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

  // Why a write met no row: there is none, or not in the version that If-Match asks for.
  async function missingOrChanged(id: number) {
    await find(id)
    return new PreconditionFailed()
  }

  app.get(
    '/',
    {
      schema: {
        querystring: PageQuery({ appointment_id: Type.Optional(Id), category_id: Type.Optional(Id) }),
        response: { 200: MeasureList }
      }
    },
    async function list(request) {
      const { limit, after = 0, appointment_id, category_id } = request.query
      const rows = await db.query.measure.findMany({
        where: and(
          gt(measure.id, after),
          matches(measure.appointment_id, appointment_id),
          matches(measure.category_id, category_id)
        ),
        with: nested,
        orderBy: asc(measure.id),
        limit: limit + 1
      })
      const [measures, next] = page(rows, limit)
      return { measures, next }
    }
  )

  app.post('/', { schema: { body: MeasureBody, response: { 201: Measure } } }, async function create(request, reply) {
    await requireReferences(db, request.body, references)
    const { id } = only(await db.insert(measure).values(request.body).returning())
    const row = await find(id)
    return reply
      .code(201)
      .headers({ location: `/api/measure/${id}`, etag: etag(row) })
      .send(row)
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Measure } } }, async function read(request, reply) {
    const row = await find(request.params.id)
    return reply.header('etag', etag(row)).send(row)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(MeasureBody), response: { 200: Measure } },
    handler: async function update(request, reply) {
      const { id } = request.params
      await requireReferences(db, request.body, references)
      const [changed] = await db
        .update(measure)
        .set({ ...request.body, version: nextVersion(measure.version) })
        .where(and(eq(measure.id, id), ifMatch(request, measure.version)))
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
        .delete(measure)
        .where(and(eq(measure.id, id), ifMatch(request, measure.version)))
        .returning()
      if (!row) throw await missingOrChanged(id)
      return { message: 'Measure deleted' }
    }
  )
}

export default measures
