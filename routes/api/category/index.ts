// What is measured: heart rate, blood pressure.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, asc, eq, gt } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { ifMatch, nextVersion, paginate, single } from '../../../src/records.ts'
import { Changes, IfMatch, Message, RecordPath, SliceQuery } from '../../../src/schemas.ts'
import { category } from '../../../src/tables/clinic.ts'
import { Category, CategoryBody, CategoryList } from './schema.ts'

const categories: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')

  async function find(id: number) {
    const [row] = await db.select().from(category).where(eq(category.id, id))
    if (!row) throw new NotFound('Category')
    return row
  }

  app.get(
    '/',
    { schema: { querystring: SliceQuery({}), response: { 200: CategoryList } } },
    async function list(request) {
      const { limit, after = 0 } = request.query
      const rows = await db
        .select()
        .from(category)
        .where(gt(category.id, after))
        .orderBy(asc(category.id))
        .limit(limit + 1)
      const [categories, next] = paginate(rows, limit)
      return { categories, next }
    }
  )

  app.post('/', { schema: { body: CategoryBody, response: { 201: Category } } }, async function create(request, reply) {
    const row = single(await db.insert(category).values(request.body).returning())
    reply.code(201).header('location', `/api/category/${row.id}`)
    return row
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Category } } }, async function read(request) {
    return await find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(CategoryBody), response: { 200: Category } },
    handler: async function update(request) {
      const { id } = request.params
      const [row] = await db
        .update(category)
        .set({ ...request.body, version: nextVersion(category.version) })
        .where(and(eq(category.id, id), ifMatch(request, category.version)))
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
        .delete(category)
        .where(and(eq(category.id, id), ifMatch(request, category.version)))
        .returning()
      if (!row) {
        await find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Category deleted' }
    }
  )
}

export default categories
