// Ranges and counts of lists, and that each has its index.

import t from 'tap'
import { build } from '../support/app.ts'
import { invalidFields } from '../support/resource-contract/requests.ts'

t.test('a range holds its limits and what is between them', async (t) => {
  const { signIn } = await build(t)
  const client = await signIn('user')
  const sample = (await client.post('/api/sample/', { name: 'x' })).json<{ id: number }>().id
  const days = ['2024-01-01', '2024-01-02', '2024-01-03', null]
  for (const [index, made_on] of days.entries()) {
    const seen_at = `2024-01-0${index + 1}T00:00:00Z`
    const body = { sample_id: sample, label: 'x', made_on, seen_at, amount: index - 0.5, count: index, done: true }
    t.equal((await client.post('/api/part/', body)).statusCode, 201)
  }
  const find = async (query: string) => {
    const response = await client.get(`/api/part/?${query}`)
    return response.json<{ parts: { id: number }[] }>().parts.map(({ id }) => id)
  }
  t.strictSame(await find('made_on_from=2024-01-02'), [2, 3])
  t.strictSame(await find('made_on_to=2024-01-02'), [1, 2])
  t.strictSame(await find('made_on_from=2024-01-02&made_on_to=2024-01-02T09:00:00Z'), [2])
  t.strictSame(await find('seen_at_from=2024-01-02T01:00:00%2B01:00&seen_at_to=2024-01-03T00:00:00Z'), [2, 3])
  t.strictSame(await find('amount_from=-0.5&amount_to=0.5'), [1, 2])
  t.strictSame(await find('amount_from=5e-1'), [2, 3, 4])
  t.strictSame(await find('count_from=2&count_to=1'), [])
  t.strictSame(await find(`count_from=1&sample_id=${sample}&sort=-count&limit=2`), [4, 3])

  const wrong = { made_on: ['x', '2023-02-29'], seen_at: ['2024-01-01', 'x'], amount: ['x', '1e400', '.5', '0x1'] }
  for (const [field, values] of Object.entries({ ...wrong, count: ['1.5', 'x', '2147483648'] })) {
    for (const value of [...values, '']) {
      for (const end of ['from', 'to']) {
        const response = await client.get(`/api/part/?${field}_${end}=${value}`)
        t.equal(response.statusCode, 400, `${field}_${end}=${value}`)
        t.strictSame(invalidFields(response), [`${field}_${end}`])
      }
    }
  }
})

t.test('count=true adds the number of all records that the query finds', async (t) => {
  const { signIn } = await build(t)
  const client = await signIn('user')
  for (const name of ['a', 'b', 'c']) await client.post('/api/sample/', { name })
  const get = async (query: string) => (await client.get(`/api/sample/?${query}`)).json()
  t.match(await get('limit=1&count=true'), { samples: [{ id: 1 }], next: 1, count: 3 })
  t.match(await get('limit=1&count=true&after=2'), { samples: [{ id: 3 }], next: null, count: 3 })
  t.match(await get('limit=1&count=true&sort=-name'), { samples: [{ id: 3 }], count: 3 })
  t.notOk('count' in (await get('limit=1')))
  t.notOk('count' in (await get('count=false')))
  t.equal((await client.get('/api/sample/?count=1')).statusCode, 400)
  t.match((await client.get('/api/part/?count=true')).json(), { parts: [], next: null, count: 0 })
})
