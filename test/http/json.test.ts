// Malformed, hostile, ambiguous, oversized and deeply nested JSON bodies.

import t from 'tap'
import { BODY_LIMIT, buildForBodies } from './bodies.ts'

const { app, post, stored } = await buildForBodies(t)

t.test('malformed JSON is rejected with 400 and details', async (t) => {
  const malformed = ['{', '{"name":}', 'name=Weight', "{'name':'Weight'}", '{"name":"a"}}', '\u0000', '{"name":NaN}']
  for (const text of malformed) {
    const response = await post('application/json', text)
    t.equal(response.statusCode, 400, text)
    t.strictSame(response.json().details, [{ field: 'body', message: 'is not valid JSON' }])
  }
  const empty = await post('application/json', '')
  t.equal(empty.statusCode, 400)
  t.equal(empty.json().details.length, 1)
})

t.test('keys that reach for the prototype are rejected at any depth [G3]', async (t) => {
  const before = await stored()
  const hostile = [
    '{"name":"Weight","__proto__":{"polluted":1}}',
    '{"name":"Weight","\\u005f_proto__":{"polluted":1}}',
    '{"name":"Weight","\\u005f\\u005fproto\\u005f\\u005f":{"polluted":1}}',
    '{"name":"Weight","constructor":{"prototype":{"polluted":1}}}',
    '{"name":"Weight","constr\\u0075ctor":{"prototype":{"polluted":1}}}',
    '{"name":{"__proto__":{"polluted":1}}}',
    '[{"__proto__":{"polluted":1}}]',
    '{"__proto__":null,"name":"Weight"}',
    '{"__proto__":{"name":"Weight"}}'
  ]
  for (const text of hostile) {
    const response = await post('application/json', text)
    t.equal(response.statusCode, 400, text)
    const message = 'has a key that is not accepted, such as __proto__'
    t.strictSame(response.json().details, [{ field: 'body', message }])
    const login = await app.inject({
      method: 'POST',
      url: '/api/auth/',
      headers: { 'content-type': 'application/json' },
      payload: text
    })
    t.equal(login.statusCode, 400, `as a login: ${text}`)
  }
  t.equal(({} as Record<string, unknown>).polluted, undefined)
  t.equal(await stored(), before, 'nothing was stored')
})

t.test('a body up to the limit is accepted, and one byte more is rejected with 413 [G4]', async (t) => {
  const body = (length: number) => '{"name":"Weight"}'.padEnd(length)
  t.equal((await post('application/json', body(BODY_LIMIT))).statusCode, 201)
  const before = await stored()
  const response = await post('application/json', body(BODY_LIMIT + 1))
  t.equal(response.statusCode, 413)
  t.equal(response.json().statusCode, 413)
  t.equal(await stored(), before, 'nothing was stored')
  t.equal((await app.inject({ method: 'POST', url: '/api/auth/', payload: body(BODY_LIMIT + 1) })).statusCode, 415)
})

t.test('deep nesting within the limit is rejected with 400 [G5]', async (t) => {
  const depth = BODY_LIMIT / 2 - 20
  const objects = Math.floor(BODY_LIMIT / 7)
  const deep = [
    '['.repeat(depth) + ']'.repeat(depth),
    '['.repeat(BODY_LIMIT),
    `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    `${'{"a":'.repeat(objects)}1${'}'.repeat(objects)}`,
    `{"__proto__":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    `${'['.repeat(depth)}{"__proto__":1}${']'.repeat(depth)}`
  ]
  for (const text of deep) t.equal((await post('application/json', text)).statusCode, 400, text.slice(0, 20))
})

t.test('if a key occurs twice, the last value wins [G7]', async (t) => {
  const response = await post('application/json', '{"name":"first","name":"second"}')
  t.equal(response.statusCode, 201)
  t.equal(response.json().name, 'second')
  t.equal((await post('application/json', '{"name":"first","name":2}')).statusCode, 400)
})
