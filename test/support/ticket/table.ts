// The tickets.

import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import {
  choice,
  id,
  index,
  integer,
  real,
  reference,
  table,
  text,
  uniqueIndex,
  version
} from '../../../src/database/columns.ts'
import { sortIndex } from '../../../src/database/sort-indexes.ts'
import { searchable } from '../../../src/search/searchable.ts'
import { user } from '../../../src/tables/account.ts'
import { sample } from '../sample/table.ts'

export const ticket = table(
  'ticket',
  {
    id: id(),
    version: version(),
    title: text().notNull(),
    status: choice('open', 'started', 'closed').notNull().default('open'),
    priority: integer().notNull().default(3),
    effort: real(),
    contact: text().notNull(),
    link: text(),
    about_id: reference(() => sample.id),
    parent_id: reference((): AnyPgColumn => ticket.id),
    author_id: reference(() => user.id).notNull()
  },
  (columns) => [
    sortIndex('ticket_title', columns.title, columns.id),
    sortIndex('ticket_priority', columns.priority, columns.id),
    sortIndex('ticket_effort', columns.effort, columns.id),
    index('ticket_about_id').on(columns.about_id),
    index('ticket_parent_id').on(columns.parent_id),
    index('ticket_author_id').on(columns.author_id),
    uniqueIndex('ticket_author_id_title').on(columns.author_id, columns.title)
  ]
)

export const ticketSearch = searchable(ticket, ticket.title)
