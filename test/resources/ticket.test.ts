// The tickets: their data, for the contract of every resource.

import t from 'tap'
import { user } from '../../src/tables/account.ts'
import { addRecord } from '../support/add-record.ts'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/ticket/',
  list: 'tickets',
  roles: ['user'],
  body: async ({ db }) => ({
    title: 'text',
    status: 'open',
    priority: 1,
    effort: 0,
    contact: 'ada@example.org',
    link: 'https://example.org/',
    author_id: await addRecord(db, user)
  }),
  changes: { title: 'other' },
  invalid: {
    title: ['', 5, 'x'.repeat(201), '\0'],
    status: ['', '-', 'OPEN', 5],
    priority: ['3', 1.5, true, 6, 0],
    effort: ['72.5', true, [1], 2 ** 53, -1],
    contact: ['', 'ada', 'ada@', 'a b@example.org', 5],
    link: ['', 'example.org', 'javascript:alert(1)', 'http://', 5],
    author_id: ['1', 0, 1.5, 2 ** 31]
  },
  nullable: ['effort', 'link'],
  defaults: { status: 'open', priority: 3 },
  filters: ['author_id'],
  unique: [['author_id', 'title']],
  references: { author_id: null },
  self: ['parent_id']
})
