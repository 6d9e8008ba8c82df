// Which ticket has which sample.

import { index, primaryKey, reference, table } from '../../../src/database/columns.ts'
import { sample } from '../sample/table.ts'
import { ticket } from './table.ts'

export const ticketSample = table(
  'ticket_sample',
  {
    ticket_id: reference(() => ticket.id, 'cascade').notNull(),
    sample_id: reference(() => sample.id, 'cascade').notNull()
  },
  (columns) => [
    primaryKey({ columns: [columns.ticket_id, columns.sample_id] }),
    index('ticket_sample_sample_id').on(columns.sample_id, columns.ticket_id)
  ]
)
