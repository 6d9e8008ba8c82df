// A resource's contract: sorted lists, ranges and counts.

import type { Test } from 'tap'
import type { Fields } from '../resource-contract.ts'
import type { Context } from './context.ts'

export function sortingTests(t: Test, context: Context): void {
  const { path, list, name, client, newChanges, sort, ranges, filters, add } = context

  /** Returns the records of a list and its next cursor. */
  async function read(query: Record<string, string>) {
    const response = await client.get(`${path}?${new URLSearchParams(query)}`)
    const { next, count, ...body } = response.json<Record<string, unknown>>()
    return { records: (body[list] ?? []) as ({ id: number } & Fields)[], next, count }
  }

  t.test(`${name}: a list can be sorted by some fields, up and down, in slices [H12]`, async (t) => {
    await add()
    await client.put((await add()).url, newChanges())
    await add()
    for (const field of ['id', ...sort]) {
      const up = (await read({ sort: field, limit: '1000' })).records
      const down = (await read({ sort: `-${field}`, limit: '1000' })).records
      t.strictSame(down, up.toReversed(), `-${field}`)
      t.strictSame(
        up.map(({ id }) => id),
        up.toSorted((a, b) => compare(a[field], b[field]) || a.id - b.id).map(({ id }) => id),
        field
      )
      const limit = String(Math.ceil(up.length / 3))
      const seen: number[] = []
      for (let after: unknown = ''; after !== null && seen.length < up.length; ) {
        const slice = await read({ sort: field, limit, ...(after !== '' && { after: String(after) }) })
        seen.push(...slice.records.map(({ id }) => id))
        after = slice.next
      }
      t.strictSame(
        seen,
        up.map(({ id }) => id),
        `${field}, in slices`
      )
    }
    const wrong = await client.get(`${path}?sort=nonsense`)
    t.equal(wrong.statusCode, 400)
    t.match(wrong.json(), { details: [{ field: 'sort', message: /^must be .*-id/ }] })
  })

  t.test(`${name}: a list can be limited to ranges, and counted`, async (t) => {
    const { body } = await add()
    await client.put((await add()).url, newChanges())
    const all = await read({ count: 'true', limit: '1000' })
    t.equal(all.count, all.records.length)
    t.equal((await read({ limit: '1' })).count, undefined)
    for (const field of ranges) {
      const value = body[field] as string | number
      const inRange = (holds: (order: number) => boolean) =>
        all.records.filter((one) => one[field] !== null && holds(compare(one[field], value))).map(({ id }) => id)
      for (const [query, expected] of [
        [{ [`${field}_from`]: String(value) }, inRange((order) => order >= 0)],
        [{ [`${field}_to`]: String(value) }, inRange((order) => order <= 0)],
        [{ [`${field}_from`]: String(value), [`${field}_to`]: String(value) }, inRange((order) => order === 0)]
      ] as const) {
        const found = await read({ ...query, count: 'true', limit: '1000' })
        t.strictSame(
          found.records.map(({ id }) => id),
          expected,
          JSON.stringify(query)
        )
        t.equal(found.count, expected.length)
      }
    }
    for (const filter of filters) {
      const found = await read({ [filter]: String(body[filter]), count: 'true', sort: '-id', limit: '1000' })
      t.equal(found.count, found.records.length, filter)
      t.ok(found.records.length > 0)
    }
  })
}

/** Compares two values as the server does: null first, and text by its code points. */
function compare(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? -1 : 1
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return (a as number) < (b as number) ? -1 : 1
}
