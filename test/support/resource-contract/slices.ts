// A resource's contract: slices of its list, and filters.

import type { Test } from 'tap'
import type { Fields } from '../resource-contract.ts'
import type { Context } from './context.ts'
import { chosen, HOSTILE_TEXTS, INVALID_IDS, invalidFields, mapInBatches, UNKNOWN_ID, unexpected } from './requests.ts'

const INVALID_LIMITS = [
  ...['0', '-1', '1001', '1e9', '1.5', '', 'abc', 'x', '0x10', '01', '%00', '1&limit=2', '9'.repeat(40)]
]
const UNKNOWN_PARAMETERS = [
  ...['offset=1', 'page=2', 'LIMIT=1', 'name=x', 'id=1', 'nonsense=1', 'x', '%00'],
  ...['__proto__=1', 'constructor=1', '__proto__[x]=1']
]

export function sliceTests(t: Test, context: Context): void {
  const { path, list, name, client, newChanges, invalid, filters, references, unique } = context
  const { newBody, add, slice } = context

  t.test(
    `${name}: a list is cut into slices without gap or repetition, also when a record is deleted [H12]`,
    async (t) => {
      const start = (await add()).id
      const added = await mapInBatches(Array(103).fill(0), () => add())
      const ids = added.map(({ id }) => id).sort((a, b) => a - b)
      await client.put(`${path}${ids[1]}`, newChanges()) // PostgreSQL moves an updated row behind the others

      const standard = await slice(`after=${start}`)
      t.strictSame(standard.ids, ids.slice(0, 100), 'a slice has 100 records by default')
      t.equal(standard.next, ids[99])
      t.equal((await slice(`after=${start}&limit=102`)).next, ids[101])
      t.equal((await slice(`after=${start}&limit=103`)).next, null, 'next is null in the last slice')
      t.strictSame((await slice(`after=${start}&limit=1000`)).ids, ids)
      t.strictSame((await client.get(`${path}?after=${UNKNOWN_ID}`)).json(), { [list]: [], next: null })

      const seen: number[] = []
      for (let after: number | null = start; after !== null; ) {
        const { ids: some, next }: { ids: number[]; next: number | null } = await slice(`limit=20&after=${after}`)
        seen.push(...some)
        if (next === ids[39]) await client.delete(`${path}${next}`)
        after = next
      }
      t.strictSame(seen, ids)
    }
  )

  t.test(`${name}: a list can be read backwards, and each slice is still in the order of ids [H12]`, async (t) => {
    const added = await mapInBatches(Array(7).fill(0), () => add())
    const ids = added.map(({ id }) => id).sort((a, b) => a - b)
    const end = (ids.at(-1) ?? 0) + 1
    t.strictSame((await slice(`before=${end}&limit=3`)).ids, ids.slice(4))
    const seen: number[] = []
    for (let before: number | null = end; seen.length < ids.length && before !== null; ) {
      const { ids: some, next }: { ids: number[]; next: number | null } = await slice(`limit=3&before=${before}`)
      seen.unshift(...some)
      before = next
    }
    t.strictSame(seen.slice(-ids.length), ids, '`next` is the next `before`')
    t.strictSame(await slice('before=1'), { records: [], ids: [], next: null })
    const between = await slice(`after=${ids[0]}&before=${ids[6]}&limit=2`)
    t.strictSame([between.ids, between.next], [ids.slice(1, 3), ids[2]], 'with `after`, forwards')
    t.strictSame((await slice(`after=${ids[2]}&before=${ids[6]}`)).ids, ids.slice(3, 6))
  })

  t.test(`${name}: an invalid limit or cursor and an unknown parameter are rejected by name [H12, G23]`, async (t) => {
    const queries = [
      ...INVALID_LIMITS.map((limit) => `limit=${limit}`),
      ...INVALID_IDS.flatMap((id) => [`after=${id}`, `before=${id}`]),
      ...['after=', 'after=1&after=2', 'after[]=1', 'after[gt]=1', 'limit[]=1'],
      ...UNKNOWN_PARAMETERS.filter((query) => !filters.includes(query.replace(/=.*/, '')))
    ]
    const accepted = await unexpected(400, queries, (query) => client.get(`${path}?${query}`))
    t.strictSame(accepted, [])
    const rejected = await client.get(`${path}?limit=0&after=x&nonsense=1`)
    t.strictSame(invalidFields(rejected), ['after', 'limit', 'nonsense'], 'all at once')
  })

  if (filters.length === 0) return

  t.test(`${name}: each filter, alone and with others, finds the records that match and no others`, async (t) => {
    const start = (await add()).id
    const first = await newBody()
    const second = { ...(await newBody()), ...otherValues() }
    const bodies = [first, second]
    // Records that match another one in all filters but one.
    for (const filter of filters) {
      const body = { ...(await newBody()), ...chosen(first, filters), [filter]: second[filter] }
      const isRepeated = unique.some((group) => bodies.some((one) => group.every((name) => one[name] === body[name])))
      if (!isRepeated) bodies.push(body)
    }
    const records: { id: number; body: Fields }[] = []
    for (const body of bodies) {
      const { id } = (await client.post(path, body)).json<{ id: number }>()
      records.push({ id, body })
    }
    const last = records.at(-1)?.id ?? 0
    for (const { id, body } of records) {
      for (const some of [...filters.map((filter) => [filter]), filters]) {
        const matching = records.filter((one) => some.every((filter) => one.body[filter] === body[filter]))
        const ids = matching.map((one) => one.id)
        const query = new URLSearchParams(some.map((filter): [string, string] => [filter, String(body[filter])]))
        t.strictSame((await slice(`after=${start}&${query}`)).ids, ids, `${query}`)
        const later = ids.filter((one) => one > id)
        t.strictSame((await slice(`after=${id}&${query}`)).ids, later, `${query} after a record`)
        t.strictSame((await slice(`after=${last}&${query}`)).ids, [])
      }
    }
    for (const filter of filters.filter((name) => name in references)) {
      t.strictSame((await slice(`${filter}=${UNKNOWN_ID}`)).ids, [], `an unknown ${filter}`)
    }
  })

  t.test(`${name}: an invalid value of a filter is rejected, and SQL in it is never executed [H11]`, async (t) => {
    const body = await newBody()
    for (const filter of filters) {
      const texts = typeof body[filter] === 'string' ? invalidTexts(filter) : ['x', '1.5', ...HOSTILE_TEXTS, '']
      const queries = texts.map((text) => `${filter}=${encodeURIComponent(text)}`)
      if (filter in references) queries.push(...INVALID_IDS.map((id) => `${filter}=${id}`))
      const accepted = await unexpected(400, queries, (query) => client.get(`${path}?${query}`))
      t.strictSame(accepted, [], filter)
      if (typeof body[filter] !== 'string') continue
      const { records } = await slice(`limit=1000&${new URLSearchParams({ [filter]: String(body[filter]) })}`)
      for (const text of HOSTILE_TEXTS) {
        const response = await client.get(`${path}?${new URLSearchParams({ [filter]: text })}`)
        t.ok([200, 400].includes(response.statusCode), text)
        if (response.statusCode === 200) t.strictSame(response.json(), { [list]: [], next: null }, text)
      }
      t.strictSame(
        (await slice(`limit=1000&${new URLSearchParams({ [filter]: String(body[filter]) })}`)).records,
        records
      )
    }
  })

  /** Returns another value of each filter that is no reference. */
  function otherValues(): Fields {
    const own = filters.filter((filter) => !(filter in references))
    const changes = newChanges()
    const missing = own.filter((filter) => !(filter in changes))
    if (missing.length > 0) throw new Error(`changes must have another value of the filters ${missing.join()}`)
    return chosen(changes, own)
  }

  function invalidTexts(filter: string): string[] {
    return (invalid[filter] ?? []).filter((value) => typeof value === 'string')
  }
}
