// Repeated, nested, unknown and malformed query parameters.

import t from 'tap'
import { buildListening } from '../support/listening.ts'

t.test('malformed query strings are rejected with 400 and never cause a 5xx [G23]', async (t) => {
  const { user, send, bearer } = await buildListening(t)
  const rejected = [
    'limit=1&limit=2',
    'limit[]=1',
    'limit[a]=1',
    'limit[__proto__]=1',
    '__proto__[polluted]=1',
    '__proto__=1',
    '__proto__.polluted=1',
    'constructor=1',
    'constructor[prototype][polluted]=1',
    'toString=1',
    'hasOwnProperty=1',
    'unknown=1',
    '=1',
    'limit',
    'limit=',
    'limit=%31%00',
    'limit=%zz',
    'limit=%ff',
    'after=1,2',
    Array.from({ length: 1000 }, (_, index) => `a${index}=1`).join('&'),
    Array.from({ length: 1000 }, () => 'limit=1').join('&')
  ]
  for (const query of rejected) {
    const { status, body } = await send('GET', `/api/part/?${query}`, { headers: bearer })
    t.equal(status, 400, query.slice(0, 40))
    t.ok(body.length < 4000, 'the response does not grow with the query')
    const elsewhere = await send('GET', `/health/live?${query}`)
    t.ok(elsewhere.status < 500, `/health/live?${query.slice(0, 40)}`)
  }
  t.equal(({} as Record<string, unknown>).polluted, undefined)
  t.equal((await user.get('/api/part/?limit=%31')).statusCode, 200)
})
