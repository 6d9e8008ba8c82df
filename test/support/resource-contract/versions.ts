// A resource's contract: ETag and If-Match.

import type { Test } from 'tap'
import { logRows } from '../app.ts'
import type { Context } from './context.ts'
import { UNKNOWN_ID, unexpected } from './requests.ts'

export function versionTests(t: Test, context: Context): void {
  const { db, path, name, client, newChanges, record, add } = context

  t.test(
    `${name}: a write with If-Match of an older version is rejected, and the first change stays [H10]`,
    async (t) => {
      const { id, url, body, etag } = await add()
      const changes = newChanges()
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
        const response = await client.call(method, url, newChanges(), { 'if-match': tag.replaceAll('now', now) })
        t.equal(response.statusCode, 200, `${method} with If-Match: ${tag}`)
      }
    }
    const last = String((await client.get(url)).headers.etag)
    t.equal((await client.delete(url, { 'if-match': last })).statusCode, 200)
  })

  t.test(`${name}: a read with If-None-Match of the current version gets 304 without a body`, async (t) => {
    const { id, url, etag } = await add()
    const read = await client.get(url)
    const matching = [etag, `W/${etag}`, '*', ' * ', `"x", ${etag}`, `W/"77" , ,W/${etag},`, `${etag},${etag}`]
    for (const tag of matching) {
      for (const method of ['GET', 'HEAD'] as const) {
        const response = await client.call(method, url, undefined, { 'if-none-match': tag })
        t.equal(response.statusCode, 304, `${method} with If-None-Match: ${tag}`)
        t.equal(response.payload, '')
        t.equal(response.headers.etag, etag)
        t.equal(response.headers['content-type'], undefined)
        const length = method === 'HEAD' ? String(Buffer.byteLength(read.payload)) : undefined
        t.equal(response.headers['content-length'], length)
      }
    }
    const other = ['"77"', 'W/"77"', '""', '"*"', '*, "77"', '', ',', 'x', etag.replaceAll('"', ''), `w/${etag}`]
    for (const tag of [...other, `${etag}x`, `${etag} ${etag}`, etag.replace(/"$/, '0"')]) {
      const response = await client.get(url, { 'if-none-match': tag })
      t.equal(response.statusCode, 200, tag)
      t.equal(response.payload, read.payload)
    }
    const list = await client.get(`${path}?after=${id - 1}`, { 'if-none-match': '*' })
    t.equal(list.statusCode, 200, 'a list has no ETag')
    t.equal((await client.get(`${path}${UNKNOWN_ID}`, { 'if-none-match': '*' })).statusCode, 404)
    const changed = await client.put(url, newChanges(), { 'if-none-match': etag })
    t.equal(changed.statusCode, 200, 'a write does not look at it')
    t.equal((await client.get(url, { 'if-none-match': etag })).statusCode, 200, 'the record has changed')
    t.equal((await client.get(url, { 'if-none-match': String(changed.headers.etag) })).statusCode, 304)

    const rows = await logRows(db)
    const unchanged = rows.filter(({ status, path: asked }) => status === 304 && asked === url)
    t.equal(unchanged.length, 2 * matching.length + 1, 'each 304 is in the access log')
    const full = rows.findLast(({ status, method, path: asked }) => status === 200 && method === 'GET' && asked === url)
    for (const row of unchanged) t.equal(row.subjects, full?.subjects, 'with its subjects')
  })

  t.test(`${name}: If-Match for a record that does not exist is 404`, async (t) => {
    const url = `${path}${UNKNOWN_ID}`
    t.equal((await client.put(url, newChanges(), { 'if-match': '*' })).statusCode, 404)
    t.equal((await client.delete(url, { 'if-match': '"1"' })).statusCode, 404)
  })

  t.test(`${name}: of two writes of the same version at the same moment, one is done [H10]`, async (t) => {
    for (let round = 0; round < 5; round++) {
      const { url, body, etag } = await add()
      const headers = { 'if-match': etag }
      const responses = await Promise.all([client.put(url, newChanges(), headers), client.put(url, body, headers)])
      t.strictSame(responses.map(({ statusCode }) => statusCode).sort(), [200, 412])
      const done = responses.find(({ statusCode }) => statusCode === 200)
      t.equal((await client.get(url)).payload, done?.payload)
    }
  })
}
