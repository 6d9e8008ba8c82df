// The appointments: the contract of every resource, with their measures nested.

import t from 'tap'
import { addPatient } from '../support/clinic.ts'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/appointment/',
  list: 'appointments',
  roles: ['user'],
  body: async (server) => ({ patient_id: await addPatient(server), date: '2024-05-01T08:00:00Z' }),
  changes: { date: '2025-01-01T00:00:00Z' },
  invalid: { patient_id: ['1', 0, 1.5, 2 ** 31], date: ['2023-02-30T00:00:00Z', '2024-02-29', '', 5] },
  filters: ['patient_id'],
  references: { patient_id: '/api/patient/' },
  deletedWith: ['patient_id'],
  shown: (body) => ({ ...body, measures: [] }),
  ranges: ['date'],
  sort: ['date']
})
