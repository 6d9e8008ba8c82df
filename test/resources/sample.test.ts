// The smallest resource, which exists in the tests only: the contract of every resource.

import t from 'tap'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/sample/',
  list: 'samples',
  roles: ['user'],
  body: () => ({ name: 'Weight' }),
  changes: { name: 'Height' },
  invalid: { name: ['', 5, 'x'.repeat(101), '\0'] },
  sort: ['name']
})
