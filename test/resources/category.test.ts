// The categories: the contract of every resource.

import t from 'tap'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/category/',
  list: 'categories',
  roles: ['user'],
  body: () => ({ name: 'Blood Pressure' }),
  changes: { name: 'BP' },
  invalid: { name: ['', 5, 'x'.repeat(101), '\0'] },
  sort: ['name']
})
