// The least a resource can be: records with a name.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, asc, eq, gt } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { ifMatch, nextVersion, paginate, single } from '../../../src/records.ts'
import { Changes, IfMatch, Message, RecordPath, SliceQuery } from '../../../src/schemas.ts'
import { Sample, SampleBody, SampleList } from './schema.ts'
import { sample } from './table.ts'

const samples: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')

  async function find(id: number) {
    const [row] = await db.select().from(sample).where(eq(sample.id, id))
    if (!row) throw new NotFound('Sample')
    return row
  }

  app.get(
    '/',
    { schema: { querystring: SliceQuery({}), response: { 200: SampleList } } },
    async function list(request) {
      const { limit, after = 0 } = request.query
      const rows = await db
        .select()
        .from(sample)
        .where(gt(sample.id, after))
        .orderBy(asc(sample.id))
        .limit(limit + 1)
      const [samples, next] = paginate(rows, limit)
      return { samples, next }
    }
  )

  app.post('/', { schema: { body: SampleBody, response: { 201: Sample } } }, async function create(request, reply) {
    const row = single(await db.insert(sample).values(request.body).returning())
    reply.code(201).header('location', `/api/sample/${row.id}`)
    return row
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Sample } } }, async function read(request) {
    return await find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(SampleBody), response: { 200: Sample } },
    handler: async function update(request) {
      const { id } = request.params
      const [row] = await db
        .update(sample)
        .set({ ...request.body, version: nextVersion(sample.version) })
        .where(and(eq(sample.id, id), ifMatch(request, sample.version)))
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
        .delete(sample)
        .where(and(eq(sample.id, id), ifMatch(request, sample.version)))
        .returning()
      if (!row) {
        await find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Sample deleted' }
    }
  )
}

export default samples
