// A resource with a field of every kind, which exists in the tests only: the contract of every resource.

import t from 'tap'
import { addRecord } from '../support/add-record.ts'
import { resourceContract } from '../support/resource-contract.ts'
import { sample } from '../support/sample/table.ts'

resourceContract(t, {
  path: '/api/part/',
  list: 'parts',
  roles: ['user'],
  body: async ({ db }) => ({
    ...{ sample_id: await addRecord(db, sample), label: 'Scale', note: 'text', made_on: '2023-11-30' },
    ...{ seen_at: '2024-02-29T09:30:00Z', amount: 72.5, count: 3, done: true }
  }),
  changes: { label: 'other', made_on: '1999-12-31', seen_at: '1999-12-31T23:59:59.999Z', amount: -0.1, done: false },
  invalid: {
    sample_id: ['1', 0, 1.5, 2 ** 31],
    label: ['', 5, 'x'.repeat(201), '\0'],
    note: [5, 'x'.repeat(10_001), '\0'],
    made_on: ['2023-02-29', '', 5],
    seen_at: ['2023-02-30T00:00:00Z', '2024-02-29', '', 5],
    amount: ['72.5', 2 ** 53, true, [1]],
    count: ['3', 1.5, 2 ** 31, true],
    done: ['true', 1, []]
  },
  nullable: ['note', 'made_on', 'count'],
  filters: ['sample_id'],
  references: { sample_id: '/api/sample/' },
  ranges: ['made_on', 'seen_at', 'amount', 'count'],
  sort: ['label', 'made_on', 'seen_at', 'amount', 'count']
})
