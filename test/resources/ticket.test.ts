// The tickets: their data, for the contract of every resource.

import t from 'tap'
import { addRecord } from '../support/add-record.ts'
import { freshText } from '../support/fresh-values.ts'
import { resourceContract } from '../support/resource-contract.ts'
import { sample } from '../support/sample/table.ts'

resourceContract(t, {
  path: '/api/ticket/',
  list: 'tickets',
  roles: ['user', 'dispatcher'],
  body: async ({ db }) => ({
    title: freshText(),
    status: 'open',
    priority: 1,
    effort: 0,
    contact: 'ada@example.org',
    link: 'https://example.org/',
    about_id: await addRecord(db, sample)
  }),
  changes: { status: 'started' },
  invalid: {
    title: ['', 5, 'x'.repeat(201), '\0'],
    status: ['', '-', 'OPEN', 5],
    priority: ['3', 1.5, true, 6, 0],
    effort: ['72.5', true, [1], 2 ** 53, -1],
    contact: ['', 'ada', 'ada@', 'a b@example.org', 5],
    link: ['', 'example.org', 'javascript:alert(1)', 'http://', 5],
    about_id: ['1', 0, 1.5, 2 ** 31]
  },
  nullable: ['effort', 'link', 'about_id'],
  defaults: { status: 'open', priority: 3 },
  filters: ['about_id'],
  unique: [['author_id', 'title']],
  ranges: ['priority', 'effort'],
  sort: ['title', 'priority', 'effort'],
  references: { about_id: '/api/sample/' },
  self: ['parent_id'],
  nested: { about: 'about_id' },
  many: { samples: { field: 'sample_id', address: '/api/sample/', add: ({ db }) => addRecord(db, sample) } }
})
