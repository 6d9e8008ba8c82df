// The samples of tickets.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, eq, exists, inArray, type SQL } from 'drizzle-orm'
import type { Database } from '../../../src/database/db.ts'
import { ListOf } from '../../../src/list-schemas.ts'
import { createList } from '../../../src/lists.ts'
import type { RecordTable } from '../../../src/nested.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { Id, Message, RecordPath, Strict } from '../../../src/schemas.ts'
import { Sample, SampleBody } from '../sample/schema.ts'
import { sample } from '../sample/table.ts'
import { ticket } from './table.ts'
import { ticketSample } from './ticket-sample.ts'

const TicketSamples = ListOf({ samples: Sample }, 'TicketSamples')
const SamplePath = Strict({ id: Id, sample_id: Id })

/** Returns the condition that the caller may see a record of a table: `app.visibleTo`. */
type Visible = (table: RecordTable) => SQL | undefined

const ticketSamples: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  const records = createRecordReader(db, ticket, 'Ticket')
  const samples = createRecordReader(db, sample, 'Sample')
  const listing = createList(db, samples, sample, SampleBody)

  app.get(
    '/:id/samples',
    {
      schema: {
        summary: 'List the samples of a ticket',
        params: RecordPath,
        querystring: listing.query,
        response: { 200: TicketSamples }
      }
    },
    async function listSamples(request) {
      const { id } = request.params
      const visible = app.visibleTo(request)
      await records.find(id, visible(ticket)) // throws NotFound
      const found = db.select({ id: ticketSample.sample_id }).from(ticketSample).where(eq(ticketSample.ticket_id, id))
      const [samples, position] = await listing.read(request.query, and(inArray(sample.id, found), visible(sample)))
      return { samples, ...position }
    }
  )

  app.put(
    '/:id/samples/:sample_id',
    { schema: { summary: 'Give a ticket a sample', params: SamplePath, response: { 200: Message } } },
    async function addSample(request) {
      const { id, sample_id } = request.params
      const visible = app.visibleTo(request)
      await db
        .insert(ticketSample)
        .select(pairOf(id, sample_id, visible))
        .onConflictDoNothing()
      await requireBoth(id, sample_id, visible)
      return { message: 'Sample added' }
    }
  )

  app.delete(
    '/:id/samples/:sample_id',
    { schema: { summary: 'Take a sample from a ticket', params: SamplePath, response: { 200: Message } } },
    async function removeSample(request) {
      const { id, sample_id } = request.params
      const visible = app.visibleTo(request)
      const isPair = and(eq(ticketSample.ticket_id, id), eq(ticketSample.sample_id, sample_id))
      await db.delete(ticketSample).where(and(isPair, exists(pairOf(id, sample_id, visible))))
      await requireBoth(id, sample_id, visible)
      return { message: 'Sample removed' }
    }
  )

  /** Selects both if they exist for the caller. It is a part of each write, so that nothing can change in between. */
  function pairOf(id: number, sample_id: number, visible: Visible) {
    return db
      .select({ ticket_id: ticket.id, sample_id: sample.id })
      .from(ticket)
      .innerJoin(sample, eq(sample.id, sample_id))
      .where(and(eq(ticket.id, id), visible(ticket), visible(sample)))
  }

  /** Throws NotFound unless both exist for the caller. */
  async function requireBoth(id: number, sample_id: number, visible: Visible): Promise<void> {
    await records.find(id, visible(ticket))
    await samples.find(sample_id, visible(sample))
  }
}

/** Returns the condition that a ticket has this sample, or undefined when none is given. */
export function withSample(db: Database, sample_id: number | undefined, visible: Visible): SQL | undefined {
  if (sample_id === undefined) return undefined
  const found = db
    .select({ id: ticketSample.ticket_id })
    .from(ticketSample)
    .innerJoin(sample, eq(sample.id, ticketSample.sample_id))
    .where(and(eq(ticketSample.sample_id, sample_id), visible(sample)))
  return inArray(ticket.id, found)
}

export default ticketSamples
