// What is measured: heart rate, blood pressure.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, eq } from 'drizzle-orm'
import { PreconditionFailed } from '../../../src/errors.ts'
import { createList } from '../../../src/lists.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { changesIn, createUpdater, ifMatch, single } from '../../../src/records.ts'
import { Changes, IdempotencyKey, IfMatch, Message, RecordPath } from '../../../src/schemas.ts'
import { category } from '../../../src/tables/clinic.ts'
import { Category, CategoryBody, CategoryList } from './schema.ts'

const categories: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user')
  app.subject('none')

  const records = createRecordReader(db, category, 'Category')
  const listing = createList(db, records, category, CategoryBody, { sort: ['name'] })
  const updateRecord = createUpdater(db, category)

  app.get(
    '/',
    { schema: { querystring: listing.query, response: { 200: CategoryList } } },
    async function list({ query }) {
      const [categories, position] = await listing.read(query)
      return { categories, ...position }
    }
  )

  app.post(
    '/',
    { schema: { headers: IdempotencyKey, body: CategoryBody, response: { 201: Category } } },
    async function create(request, reply) {
      const row = await app.createOnce(request, async (tx) => {
        return single(await tx.insert(category).values(request.body).returning())
      })
      reply.code(201).header('location', `/api/category/${row.id}`)
      return row
    }
  )

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Category } } }, async function read(request) {
    return await records.find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: {
      params: RecordPath,
      headers: IfMatch,
      body: Changes(CategoryBody, Category),
      response: { 200: Category }
    },
    handler: async function update(request) {
      const { id } = request.params
      const newValues = await changesIn(request.body, CategoryBody, Category, () => records.find(id))
      const row = await updateRecord(id, newValues, ifMatch(request, category.version))
      if (!row) {
        await records.find(id) // throws NotFound
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
        await records.find(id) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Category deleted' }
    }
  )
}

export default categories
