// The measures: the contract of every resource, with the category shown in place of its id.

import t from 'tap'
import { addAppointment, addCategory } from '../support/clinic.ts'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/measure/',
  list: 'measures',
  roles: ['user'],
  body: async (server) => ({
    marker: 'left arm',
    value: 72.5,
    timestamp: '2024-05-01T08:00:00Z',
    appointment_id: await addAppointment(server),
    category_id: await addCategory(server)
  }),
  changes: { value: -1, marker: '' },
  invalid: {
    marker: [5, 'x'.repeat(201), '\0'],
    value: ['72.5', 2 ** 53, true, [1]],
    timestamp: ['2023-02-30T00:00:00Z', '2024-02-29', '', 5],
    appointment_id: ['1', 0, 1.5, 2 ** 31],
    category_id: ['1', 0, 1.5, 2 ** 31]
  },
  nullable: ['marker'],
  filters: ['appointment_id', 'category_id'],
  references: { appointment_id: '/api/appointment/', category_id: '/api/category/' },
  deletedWith: ['appointment_id'],
  shown: ({ category_id, ...body }) => ({ ...body, category: { id: category_id, name: 'HR' } }),
  ranges: ['timestamp'],
  sort: ['timestamp']
})
