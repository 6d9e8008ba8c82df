// A PATCH may be a JSON merge patch (RFC 7396).

import t, { type Test } from 'tap'
import { build } from '../support/app.ts'

const MERGE_PATCH = 'application/merge-patch+json'
const BOTH = 'application/json, application/merge-patch+json'
const PART = {
  ...{ sample_id: 1, label: 'Scale', note: 'new', made_on: null, seen_at: '2024-02-29T09:30:00Z', amount: 72.5 },
  ...{ count: 3, done: true }
}

async function buildWithPart(t: Test) {
  const { app, signIn } = await build(t)
  const user = await signIn('user')
  await user.post('/api/sample/', { name: 'Weight' })
  const { id } = (await user.post('/api/part/', PART)).json<{ id: number }>()
  const send = (method: 'PATCH' | 'PUT' | 'POST', url: string, payload: unknown, type = MERGE_PATCH, headers = {}) =>
    user.call(method, url, typeof payload === 'string' ? payload : JSON.stringify(payload), {
      'content-type': type,
      ...headers
    })
  return { app, user, send, url: `/api/part/${id}`, id }
}

t.test('a merge patch changes the fields it names, and null clears those that can be null', async (t) => {
  const { user, send, url, id } = await buildWithPart(t)
  const types = [MERGE_PATCH, 'Application/Merge-Patch+JSON', `${MERGE_PATCH};charset=utf-8`]
  for (const [index, type] of types.entries()) {
    const response = await send('PATCH', url, { label: `Label ${index}`, note: null }, type)
    t.equal(response.statusCode, 200, type)
    t.strictSame(response.json(), { id, ...PART, label: `Label ${index}`, note: null })
  }
  const same = await send('PATCH', url, (await user.get(url)).payload)
  t.equal(same.statusCode, 200, 'the whole record may be sent as it was read')
  t.equal((await send('PATCH', url, { label: 'x' }, MERGE_PATCH, { 'if-match': '"1"' })).statusCode, 412)
})

t.test('a merge patch is validated like any other body [G2]', async (t) => {
  const { user, send, url } = await buildWithPart(t)
  const before = (await user.get(url)).payload
  for (const [payload, field] of [
    [{ label: null }, 'label'],
    [{ done: null }, 'done'],
    [{ note: { deep: null } }, 'note'],
    [{ unknown: null }, 'unknown'],
    [{ id: null }, 'id'],
    ['null', 'body'],
    ['[]', 'body'],
    ['"x"', 'body'],
    ['{', 'body'],
    ['{"__proto__":null}', 'body']
  ] as const) {
    const response = await send('PATCH', url, payload)
    t.equal(response.statusCode, 400, JSON.stringify(payload))
    t.match(response.json(), { details: [{ field }] })
  }
  t.equal((await send('PATCH', url, { label: 'x' }, `${MERGE_PATCH};charset=utf-16`)).statusCode, 415)
  t.equal((await user.get(url)).payload, before)
})

t.test('only PATCH takes merge patches, and Accept-Patch says what it takes [G2]', async (t) => {
  const { app, user, send, url } = await buildWithPart(t)
  const before = (await user.get('/api/part/')).payload
  for (const [method, path] of [
    ['PUT', url],
    ['POST', '/api/part/'],
    ['POST', '/api/auth/']
  ] as const) {
    const response = await send(method, path, PART)
    t.equal(response.statusCode, 415, `${method} ${path}`)
    t.equal(response.headers['accept-patch'], undefined)
  }
  for (const type of ['application/json-patch+json', 'text/plain', 'application/merge-patch', `${MERGE_PATCH}x`]) {
    const response = await send('PATCH', url, PART, type)
    t.equal(response.statusCode, 415, type)
    t.equal(response.headers['accept-patch'], BOTH)
    t.match(response.json<{ message: string }>().message, /Send application\/json or application\/merge-patch\+json$/)
  }
  t.equal((await user.get('/api/part/')).payload, before, 'nothing was stored')
  t.equal((await app.inject({ method: 'OPTIONS', url })).headers['accept-patch'], BOTH)
  t.equal((await app.inject({ method: 'OPTIONS', url: '/api/part/' })).headers['accept-patch'], undefined)
})
