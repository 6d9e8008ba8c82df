// The tickets.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { and, eq } from 'drizzle-orm'
import { PreconditionFailed } from '../../../src/errors.ts'
import { createList } from '../../../src/lists.ts'
import { one } from '../../../src/nested.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { changesIn, createUpdater, ifMatch, requireReferences, single } from '../../../src/records.ts'
import { Changes, Id, IdempotencyKey, IfMatch, Message, RecordPath, Strict } from '../../../src/schemas.ts'
import { user } from '../../../src/tables/account.ts'
import { sample } from '../sample/table.ts'
import { Ticket, TicketBody, TicketList } from './schema.ts'
import { ticket, ticketSearch } from './table.ts'
import ticketSamples, { withSample } from './ticket-samples.ts'

const tickets: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow('user', 'dispatcher')
  app.subject('none')
  const owner = app.owner(ticket.author_id, { all: ['dispatcher'] })
  app.register(ticketSamples)

  const records = createRecordReader(db, ticket, 'Ticket', { about: one(sample, ticket.about_id) })
  const listing = createList(db, records, ticket, TicketBody, {
    filters: ['about_id', 'parent_id', 'author_id'],
    ranges: ['priority', 'effort'],
    sort: ['title', 'priority', 'effort'],
    search: ticketSearch
  })
  const TicketQuery = Strict({ ...listing.query.properties, sample_id: Type.Optional(Id) })
  const updateRecord = createUpdater(db, ticket)
  const references = { about_id: sample, parent_id: ticket, author_id: user }

  app.get('/', { schema: { querystring: TicketQuery, response: { 200: TicketList } } }, async function list(request) {
    const { sample_id, ...query } = request.query
    const hasSample = withSample(db, sample_id, app.visibleTo(request))
    const [tickets, position] = await listing.read(query, and(owner.visible(request), hasSample))
    return { tickets, ...position }
  })

  app.post(
    '/',
    { schema: { headers: IdempotencyKey, body: TicketBody, response: { 201: Ticket } } },
    async function create(request, reply) {
      const row = await app.createOnce(request, async (tx) => {
        await requireReferences(tx, request.body, references, app.visibleTo(request))
        const added = single(
          await tx
            .insert(ticket)
            .values({ author_id: owner.caller(request), ...request.body })
            .returning()
        )
        return {
          ...added,
          about:
            added.about_id === null ? null : single(await tx.select().from(sample).where(eq(sample.id, added.about_id)))
        }
      })
      reply.code(201).header('location', `/api/ticket/${row.id}`)
      return row
    }
  )

  app.get('/:id', { schema: { params: RecordPath, response: { 200: Ticket } } }, async function read(request) {
    return await records.find(request.params.id)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(TicketBody, Ticket), response: { 200: Ticket } },
    handler: async function update(request) {
      const { id } = request.params
      const newValues = await changesIn(request.body, TicketBody, Ticket, () => records.find(id))
      await requireReferences(db, newValues, references, app.visibleTo(request))
      const row = await updateRecord(id, newValues, and(owner.visible(request), ifMatch(request, ticket.version)))
      if (!row) {
        await records.find(id, owner.visible(request)) // throws NotFound
        throw new PreconditionFailed()
      }
      return await records.find(id)
    }
  })

  app.delete(
    '/:id',
    { schema: { params: RecordPath, headers: IfMatch, response: { 200: Message } } },
    async function remove(request) {
      const { id } = request.params
      const [row] = await db
        .delete(ticket)
        .where(and(eq(ticket.id, id), owner.visible(request), ifMatch(request, ticket.version)))
        .returning()
      if (!row) {
        await records.find(id, owner.visible(request)) // throws NotFound
        throw new PreconditionFailed()
      }
      return { message: 'Ticket deleted' }
    }
  )
}

export default tickets
