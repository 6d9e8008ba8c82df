// What is measured: heart rate, blood pressure.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, asc, eq, gt } from 'drizzle-orm'
import { NotFound, PreconditionFailed } from '../../../src/errors.ts'
import { etag, ifMatch, nextVersion, only, page } from '../../../src/records.ts'
import { Changes, IfMatch, Message, PageQuery, RecordPath } from '../../../src/schemas.ts'
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

  // Why a write met no row: there is none, or not in the version that If-Match asks for.
  async function missingOrChanged(id: number) {
    await find(id)
    return new PreconditionFailed()
  }

  app.get(
    '/',
    { schema: { querystring: PageQuery({}), response: { 200: CategoryList } } },
    async function list(request) {
      const { limit, after = 0 } = request.query
      const rows = await db
        .select()
        .from(category)
        .where(gt(category.id, after))
        .orderBy(asc(category.id))
        .limit(limit + 1)
      const [categories, next] = page(rows, limit)
      return { categories, next }
    }
  )

  app.post('/', { schema: { body: CategoryBody, response: { 201: Category } } }, async function create(request, reply) {
    const row = only(await db.insert(category).values(request.body).returning())
    return reply
      .code(201)
      .headers({ location: `/api/category/${row.id}`, etag: etag(row) })
      .send(row)
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Category } } }, async function read(request, reply) {
    const row = await find(request.params.id)
    return reply.header('etag', etag(row)).send(row)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(CategoryBody), response: { 200: Category } },
    handler: async function update(request, reply) {
      const { id } = request.params
      const [row] = await db
        .update(category)
        .set({ ...request.body, version: nextVersion(category.version) })
        .where(and(eq(category.id, id), ifMatch(request, category.version)))
        .returning()
      if (!row) throw await missingOrChanged(id)
      return reply.header('etag', etag(row)).send(row)
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
      if (!row) throw await missingOrChanged(id)
      return { message: 'Category deleted' }
    }
  )
}

export default categories
