// The categories over HTTP: what each operation gives, takes and refuses.

import t from 'tap'
import { build, logRows, withToken } from './support/app.ts'

const UNKNOWN = 2 ** 31 - 1

const { app, signIn } = await build(t)
const client = await signIn('user')

const body = { name: 'text' }
const change = { name: 'other' }

t.test('a category is created, read, listed, changed and deleted', async (t) => {
  const created = await client.post('/api/category/', body)
  t.equal(created.statusCode, 201)
  const { id } = created.json<{ id: number }>()
  const url = `/api/category/${id}`
  t.strictSame(created.json(), { id, ...body }, 'with exactly these fields')
  t.equal(created.headers.location, url)

  const read = await client.get(url)
  t.equal(read.statusCode, 200)
  t.equal(read.payload, created.payload)
  t.equal(read.headers.etag, created.headers.etag)
  t.equal((await client.get(`${url}/`)).payload, read.payload, 'a trailing slash is optional')
  t.strictSame((await client.get('/api/category/')).json(), { categories: [{ id, ...body }], next: null })

  const put = await client.put(url, change)
  t.equal(put.statusCode, 200)
  t.strictSame(put.json(), { id, ...body, ...change }, 'PUT changes the fields it names')
  t.not(put.headers.etag, read.headers.etag, 'and the ETag')
  t.equal((await client.get(url)).payload, put.payload)
  const patch = await client.patch(url, body)
  t.strictSame(patch.json(), { id, ...body }, 'PATCH as well')

  const head = await client.call('HEAD', url)
  t.equal(head.statusCode, 200)
  t.equal(head.payload, '')

  const deleted = await client.delete(url)
  t.equal(deleted.statusCode, 200)
  t.strictSame(deleted.json(), { message: 'Category deleted' })
  for (const [method, payload] of [['GET'], ['PUT', change], ['PATCH', change], ['DELETE']] as const) {
    t.equal((await client.call(method, url, payload)).statusCode, 404, `${method} of a deleted category`)
  }
})

t.test('an unknown id is 404, a malformed one 400', async (t) => {
  for (const [method, payload] of [['GET'], ['PUT', change], ['PATCH', change], ['DELETE']] as const) {
    t.equal((await client.call(method, `/api/category/${UNKNOWN}`, payload)).statusCode, 404, method)
    for (const id of ['0', '-1', '1.5', '01', '0x10', 'x', '%00', String(2 ** 31)]) {
      t.equal((await client.call(method, `/api/category/${id}`, payload)).statusCode, 400, `${method} ${id}`)
    }
  }
})

t.test('nobody gets in without a token, with a blocked one, or without the role', async (t) => {
  const id = await add()
  const stranger = await signIn('admin')
  const blocked = await signIn('user')
  t.equal((await withToken(app, 'DELETE', '/api/auth/', blocked.refresh_token)).statusCode, 200)
  const calls = [
    ['GET', '/api/category/'],
    ['POST', '/api/category/', body],
    ['GET', `/api/category/${id}`],
    ['PUT', `/api/category/${id}`, change],
    ['PATCH', `/api/category/${id}`, change],
    ['DELETE', `/api/category/${id}`]
  ] as const
  const before = (await client.get('/api/category/')).payload
  for (const [method, url, payload] of calls) {
    const anonymous = await app.inject({ method, url, ...(payload && { payload }) })
    t.equal(anonymous.statusCode, 401, `${method} without a token`)
    t.equal((await blocked.call(method, url, payload)).statusCode, 401, `${method} with a blocked token`)
    t.equal((await stranger.call(method, url, payload)).statusCode, 403, `${method} without the role`)
  }
  t.equal((await client.get('/api/category/')).payload, before, 'nothing was changed')
})

t.test('fields that are unknown, missing or not of their type are refused by name', async (t) => {
  const id = await add()
  const before = (await client.get('/api/category/')).payload
  const refuses = async (field: string, answer: Awaited<ReturnType<typeof client.post>>, what: string) => {
    t.equal(answer.statusCode, 400, what)
    t.match(answer.json(), { code: 'INVALID_INPUT', details: [{ field }] }, what)
  }
  for (const field of ['nonsense', 'id', 'version']) {
    await refuses(field, await client.post('/api/category/', { ...body, [field]: 1 }), `POST with ${field}`)
    await refuses(field, await client.put(`/api/category/${id}`, { [field]: 1 }), `PUT with ${field}`)
  }
  for (const field of ['name']) {
    const rest = Object.fromEntries(Object.entries(body).filter(([name]) => name !== field))
    await refuses(field, await client.post('/api/category/', rest), `POST without ${field}`)
  }
  const wrong = { name: [null, '', 5, 'x'.repeat(101), '\0'] }
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const what = `${field}: ${JSON.stringify(value).slice(0, 40)}`
      await refuses(field, await client.post('/api/category/', { ...body, [field]: value }), what)
      await refuses(field, await client.put(`/api/category/${id}`, { [field]: value }), what)
    }
  }
  t.equal((await client.get('/api/category/')).payload, before, 'nothing was stored')
})

t.test('a list comes in pages of a hard limit', async (t) => {
  const ids = [await add(), await add(), await add()]
  const list = async (query: string) => (await client.get(`/api/category/?${query}`)).json<Page>()
  const start = (ids[0] ?? 1) - 1
  const first = await list(`after=${start}&limit=2`)
  t.strictSame(
    first.categories.map(({ id }) => id),
    ids.slice(0, 2)
  )
  t.equal(first.next, ids[1])
  const second = await list(`after=${first.next}&limit=2`)
  t.strictSame(
    second.categories.map(({ id }) => id),
    ids.slice(2)
  )
  t.equal(second.next, null)
  t.equal((await client.get('/api/category/?limit=1000')).statusCode, 200)
  for (const query of ['limit=1001', 'limit=0', 'limit=x', 'after=0', 'after=x', 'nonsense=1']) {
    t.equal((await client.get(`/api/category/?${query}`)).statusCode, 400, query)
  }
})

t.test('a write that names a version which is no longer there is 412', async (t) => {
  const url = `/api/category/${await add()}`
  const { etag } = (await client.get(url)).headers
  t.equal((await client.put(url, change, { 'if-match': String(etag) })).statusCode, 200)
  t.equal((await client.put(url, body, { 'if-match': String(etag) })).statusCode, 412)
  t.equal((await client.delete(url, { 'if-match': String(etag) })).statusCode, 412)
  t.match((await client.get(url)).json(), change, 'the first change stands')
})

t.test('every call is a row of the access log', async (t) => {
  const before = (await logRows(app.db)).length
  const url = `/api/category/${await add()}`
  await client.get(url)
  await client.get('/api/category/')
  await client.put(url, change)
  await client.delete(url)
  await client.get(url)
  const rows = (await logRows(app.db)).slice(before)
  t.strictSame(
    rows.map(({ username, method, path, status }) => [username, method, path, status]),
    [
      [client.username, 'POST', '/api/category/', 201],
      [client.username, 'GET', url, 200],
      [client.username, 'GET', '/api/category/', 200],
      [client.username, 'PUT', url, 200],
      [client.username, 'DELETE', url, 200],
      [client.username, 'GET', url, 404]
    ]
  )
})

interface Page {
  categories: { id: number }[]
  next: number | null
}

/** The id of a new category. */
async function add(): Promise<number> {
  const answer = await client.post('/api/category/', body)
  return answer.json<{ id: number }>().id
}
