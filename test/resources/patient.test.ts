// The patients: the contract of every resource, with their appointments nested.

import t from 'tap'
import { build } from '../support/app.ts'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/patient/',
  list: 'patients',
  roles: ['user'],
  body: () => ({ name: 'Ada', surname: 'Lovelace', birthday: '1815-12-10', comments: 'first' }),
  changes: { surname: 'King', birthday: '1852-11-27', comments: '' },
  invalid: {
    name: ['', 5, 'x'.repeat(201), '\0'],
    surname: ['', 5, 'x'.repeat(201), '\0'],
    birthday: ['2023-02-29', '', 5],
    comments: [5, 'x'.repeat(10_001), '\0']
  },
  nullable: ['birthday', 'comments'],
  shown: (body) => ({ ...body, appointments: [] })
})

t.test('a comment can be empty, which is not null [H7]', async (t) => {
  const user = await (await build(t)).signIn('user')
  const { id } = (await user.post('/api/patient/', { name: 'Ada', surname: 'Lovelace' })).json<{ id: number }>()
  for (const method of ['PUT', 'PATCH'] as const) {
    for (const comments of ['', null]) {
      t.match((await user.call(method, `/api/patient/${id}`, { comments })).json(), { comments })
      t.match((await user.get(`/api/patient/${id}`)).json(), { comments, name: 'Ada', birthday: null })
    }
  }
})
