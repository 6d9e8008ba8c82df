// A resource's contract: ETag and If-Match.

import type { Test } from 'tap'
import type { Context } from './context.ts'
import { UNKNOWN_ID, unexpected } from './requests.ts'

export function versionTests(t: Test, context: Context): void {
  const { path, name, client, changes, record, add } = context

  t.test(
    `${name}: a write with If-Match of an older version is rejected, and the first change stays [H10]`,
    async (t) => {
      const { id, url, body, etag } = await add()
      const first = await client.put(url, changes, { 'if-match': etag })
      t.equal(first.statusCode, 200)
      const current = String(first.headers.etag)
      t.not(current, etag, 'a change makes a new version')

      const unquoted = current.replaceAll('"', '')
      const stale = [
        ...[etag, `${etag}, "77"`, `W/${current}`, `W/${current}, ${etag}`],
        ...['""', '"0"', '"-1"', '"*"', '"one,two"', `"${'9'.repeat(40)}"`, ' , "77" ,,']
      ]
      const malformed = [
        ...[unquoted, `'${unquoted}'`, `${current}x`, `${etag} OR 1=1`, `w/${current}`, `${etag} ${etag}`],
        ...['"', 'x', '**', ',', '', '*, "1"', '"1" "2', `${'"1",'.repeat(200)}x`]
      ]
      for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
        const payload = method === 'DELETE' ? undefined : body
        const accepted = await unexpected(412, stale, (tag) => client.call(method, url, payload, { 'if-match': tag }))
        t.strictSame(accepted, [], method)
        const understood = await unexpected(400, malformed, (tag) =>
          client.call(method, url, payload, { 'if-match': tag })
        )
        t.strictSame(understood, [], `${method}, malformed`)
      }
      const read = await client.get(url)
      t.strictSame(read.json(), record(id, { ...body, ...changes }))
      t.equal(read.headers.etag, current)
    }
  )

  t.test(`${name}: a write with If-Match of the current version is done [H10]`, async (t) => {
    const { url } = await add()
    for (const method of ['PUT', 'PATCH'] as const) {
      for (const tag of ['*', ' * ', 'now', '"77", now', 'W/"77" ,now', 'now,now']) {
        const now = String((await client.get(url)).headers.etag)
        const response = await client.call(method, url, changes, { 'if-match': tag.replaceAll('now', now) })
        t.equal(response.statusCode, 200, `${method} with If-Match: ${tag}`)
      }
    }
    const last = String((await client.get(url)).headers.etag)
    t.equal((await client.delete(url, { 'if-match': last })).statusCode, 200)
  })

  t.test(`${name}: If-Match for a record that does not exist is 404`, async (t) => {
    const url = `${path}${UNKNOWN_ID}`
    t.equal((await client.put(url, changes, { 'if-match': '*' })).statusCode, 404)
    t.equal((await client.delete(url, { 'if-match': '"1"' })).statusCode, 404)
  })

  t.test(`${name}: of two writes of the same version at the same moment, one is done [H10]`, async (t) => {
    for (let round = 0; round < 5; round++) {
      const { url, body, etag } = await add()
      const headers = { 'if-match': etag }
      const responses = await Promise.all([client.put(url, changes, headers), client.put(url, body, headers)])
      t.strictSame(responses.map(({ statusCode }) => statusCode).sort(), [200, 412])
      const done = responses.find(({ statusCode }) => statusCode === 200)
      t.equal((await client.get(url)).payload, done?.payload)
    }
  })
}
