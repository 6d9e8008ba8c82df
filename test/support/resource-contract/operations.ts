// A resource's contract: what list, create, read, update and delete return.

import type { Test } from 'tap'
import { type Context, recordRequests, send } from './context.ts'

export function operationTests(t: Test, context: Context): void {
  const { path, list, name, client, newChanges, newBody, record, add, slice } = context

  t.test(`${name}: a new record comes back with its address and its version [D7]`, async (t) => {
    const body = await newBody()
    const created = await client.post(path, body)
    t.equal(created.statusCode, 201)
    const { id } = created.json<{ id: number }>()
    t.strictSame(created.json(), record(id, body), 'with exactly these fields')
    t.equal(created.headers.location, `${path}${id}`)
    t.match(created.headers.etag, /^"[^"]+"$/, 'with a strong ETag')

    const read = await client.get(`${path}${id}`)
    t.equal(read.statusCode, 200)
    t.equal(read.payload, created.payload, 'it is read with the same text')
    t.equal(read.headers.etag, created.headers.etag)
  })

  t.test(`${name}: a list shows a record as it is read [D7]`, async (t) => {
    const before = await add()
    const { id, body } = await add()
    const response = await client.get(`${path}?after=${before.id}`)
    t.equal(response.statusCode, 200)
    t.strictSame(response.json(), { [list]: [record(id, body)], next: null }, 'it has its records and next')
    t.strictSame((await slice(`limit=1&after=${before.id}`)).records, [record(id, body)])
  })

  t.test(`${name}: HEAD sends the headers of GET without a body [G15]`, async (t) => {
    const { url } = await add()
    const read = await client.get(url)
    const head = await client.call('HEAD', url)
    t.equal(head.statusCode, 200)
    t.equal(head.payload, '')
    t.equal(head.headers.etag, read.headers.etag)
    t.equal(head.headers['content-length'], String(Buffer.byteLength(read.payload)))
  })

  t.test(`${name}: PUT and PATCH change the fields they name, and the ETag`, async (t) => {
    const { id, url, body, etag } = await add()
    const changes = newChanges()
    const put = await client.put(url, changes)
    t.equal(put.statusCode, 200)
    t.strictSame(put.json(), record(id, { ...body, ...changes }), 'PUT')
    t.not(put.headers.etag, etag)
    const read = await client.get(url)
    t.equal(read.payload, put.payload, 'the change is stored')
    t.equal(read.headers.etag, put.headers.etag)

    const patch = await client.patch(url, body)
    t.equal(patch.statusCode, 200)
    t.strictSame(patch.json(), record(id, body), 'PATCH')
    t.not(patch.headers.etag, put.headers.etag)
    t.equal((await client.get(url)).payload, patch.payload, 'the change is stored')
  })

  t.test(`${name}: a deleted record is gone`, async (t) => {
    const { url } = await add()
    const deleted = await client.delete(url)
    t.equal(deleted.statusCode, 200)
    t.strictSame(deleted.json(), { message: `${name.charAt(0).toUpperCase()}${name.slice(1)} deleted` })
    for (const request of recordRequests(url, newChanges())) {
      const response = await send(client, request)
      t.equal(response.statusCode, 404, request[0])
      if (request[0] !== 'HEAD') t.match(response.json(), { code: 'NOT_FOUND' })
    }
  })

  t.test(`${name}: a slash at the end of an address is optional [D2]`, async (t) => {
    const noSlash = path.slice(0, -1)
    const created = await client.post(noSlash, await newBody())
    t.equal(created.statusCode, 201)
    const { id } = created.json<{ id: number }>()
    t.equal((await client.get(`${path}${id}/`)).payload, (await client.get(`${path}${id}`)).payload)
    t.equal((await client.get(path)).payload, (await client.get(noSlash)).payload)
  })
}
