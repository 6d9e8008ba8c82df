// The parts of a sample: one field of every kind.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { and, asc, eq, gt } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { equalsIfGiven, ifMatch, nextVersion, paginate, requireReferences, single } from '../../../src/records.ts'
import { Changes, Id, IfMatch, Message, RecordPath, SliceQuery } from '../../../src/schemas.ts'
import { sample } from '../sample/table.ts'
import { Part, PartBody, PartList } from './schema.ts'
import { part } from './table.ts'

const parts: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')

  const references = { sample_id: sample }

  async function find(id: number) {
    const [row] = await db.select().from(part).where(eq(part.id, id))
    if (!row) throw new NotFound('Part')
    return row
  }

  app.get(
    '/',
    { schema: { querystring: SliceQuery({ sample_id: Type.Optional(Id) }), response: { 200: PartList } } },
    async function list(request) {
      const { limit, after = 0, sample_id } = request.query
      const rows = await db
        .select()
        .from(part)
        .where(and(gt(part.id, after), equalsIfGiven(part.sample_id, sample_id)))
        .orderBy(asc(part.id))
        .limit(limit + 1)
      const [parts, next] = paginate(rows, limit)
      return { parts, next }
    }
  )

  app.post('/', { schema: { body: PartBody, response: { 201: Part } } }, async function create(request, reply) {
    await requireReferences(db, request.body, references)
    const row = single(await db.insert(part).values(request.body).returning())
    reply.code(201).header('location', `/api/part/${row.id}`)
    return row
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Part } } }, async function read(request) {
    return await find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(PartBody), response: { 200: Part } },
    handler: async function update(request) {
      const { id } = request.params
      await requireReferences(db, request.body, references)
      const [row] = await db
        .update(part)
        .set({ ...request.body, version: nextVersion(part.version) })
        .where(and(eq(part.id, id), ifMatch(request, part.version)))
        .returning()
      if (!row) {
        await find(id) // throws NotFound
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
        .delete(part)
        .where(and(eq(part.id, id), ifMatch(request, part.version)))
        .returning()
      if (!row) {
        await find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Part deleted' }
    }
  )
}

export default parts
