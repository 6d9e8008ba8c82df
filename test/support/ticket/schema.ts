import { Type } from '@sinclair/typebox'
import { Choice, DoubleFrom, Email, IntegerFrom, Url } from '../../../src/field-schemas.ts'
import { ListOf } from '../../../src/list-schemas.ts'
import { Id, Nullable, Strict, Text } from '../../../src/schemas.ts'
import { Sample } from '../sample/schema.ts'

export const TicketStatus = Choice('open', 'started', 'closed')

const example = {
  title: 'text',
  status: 'open',
  priority: 1,
  effort: 0,
  contact: 'ada@example.org',
  link: 'https://example.org/',
  parent_id: null,
  author_id: 1
}

export const Ticket = Type.Object(
  {
    id: Id,
    title: Text(200),
    status: TicketStatus,
    priority: IntegerFrom(1, 5),
    effort: Nullable(DoubleFrom(0)),
    contact: Email,
    link: Nullable(Url),
    about: Nullable(Sample),
    parent_id: Nullable(Id),
    author_id: Id
  },
  { title: 'Ticket', examples: [{ id: 1, ...example, about: { id: 1, name: 'Weight' } }] }
)

export const TicketBody = Strict(
  {
    title: Text(200, 1),
    status: Type.Optional({ ...TicketStatus, description: 'Default: open.' }),
    priority: Type.Optional({ ...IntegerFrom(1, 5), description: 'Default: 3.' }),
    effort: Type.Optional(Nullable(DoubleFrom(0))),
    contact: Email,
    link: Type.Optional(Nullable(Url)),
    about_id: Type.Optional(Nullable(Id)),
    parent_id: Type.Optional(Nullable(Id)),
    author_id: Type.Optional({ ...Id, description: 'Default: the caller.' })
  },
  { title: 'TicketBody', examples: [{ ...example, about_id: 1 }] }
)

export const TicketList = ListOf({ tickets: Ticket }, 'TicketList')
