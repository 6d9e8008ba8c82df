// Sorted lists: every column of every kind, up and down, in slices.

import t from 'tap'
import { engine } from '../../src/config.ts'
import { build, type Caller, type TestApp } from '../support/app.ts'
import { part } from '../support/part/table.ts'
import { execute } from '../support/resources.ts'
import { sample } from '../support/sample/table.ts'

type Part = { id: number } & Record<Sorted, string | number | null>
const SORTED = ['label', 'made_on', 'seen_at', 'amount', 'count'] as const
type Sorted = (typeof SORTED)[number]
type Slice = { parts: Part[]; next: string | null }

t.test('each sort, up and down, in slices of every size, has each record once and in order', async (t) => {
  const server = await build(t)
  const client = await server.signIn('user')
  await addParts(server, 40)
  const all = (await client.get('/api/part/')).json<Slice>().parts
  for (const field of SORTED) {
    for (const sign of ['', '-']) {
      const expected = all.toSorted((a, b) => compare(a[field], b[field]) || a.id - b.id).map(({ id }) => id)
      if (sign) expected.reverse()
      for (const limit of [1, 7, 100]) {
        t.strictSame(await walk(client, `sort=${sign}${field}&limit=${limit}`), expected, `${sign}${field} by ${limit}`)
      }
    }
  }
  t.strictSame(await walk(client, 'sort=-id&limit=7'), all.map(({ id }) => id).reverse(), 'the newest first')
})

t.test('a sorted list goes on where it was, when records are added, changed and deleted between slices', async (t) => {
  const server = await build(t)
  const client = await server.signIn('user')
  await addParts(server, 30)
  for (const sort of ['made_on', '-made_on', '-amount', 'label', '-id']) {
    const before = await walk(client, `sort=${sort}&limit=100`)
    const seen: number[] = []
    for (let after: string | null = ''; after !== null; ) {
      const slice = await read(client, `sort=${sort}&limit=4${after && `&after=${after}`}`)
      seen.push(...slice.parts.map(({ id }) => id))
      const last = slice.parts.at(-1)
      if (last) await client.put(`/api/part/${last.id}`, { count: seen.length }) // PostgreSQL moves the row
      if (seen.length === 8) await client.delete(`/api/part/${last?.id}`)
      await addParts(server, 1)
      after = slice.next
    }
    t.strictSame(
      seen.filter((id) => before.includes(id)),
      before,
      sort
    )
    t.equal(new Set(seen).size, seen.length, 'no record twice')
  }
})

t.test('text is sorted by its code points on both engines', async (t) => {
  const server = await build(t)
  const client = await server.signIn('user')
  const names = ['😀', 'é', 'z', 'a', 'Z', 'A', 'ａ', ' ', "'", '\uffff', 'aa', 'a b']
  for (const name of names) await client.post('/api/sample/', { name })
  const { samples } = (await client.get('/api/sample/?sort=name')).json<{ samples: { name: string }[] }>()
  const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  t.strictSame(
    samples.map(({ name }) => name),
    sorted
  )
})

t.test('times that cannot be sent do not stop a sorted list', async (t) => {
  const server = await build(t)
  const client = await server.signIn('user')
  await addParts(server, 6)
  const [beyond, before] = engine === 'postgres' ? [`'infinity'`, `'-infinity'`] : ['9e15', '-9e15']
  await execute(server.db, `update part set seen_at = ${beyond} where id in (1, 2, 3)`)
  await execute(server.db, `update part set seen_at = ${before} where id = 4`)
  const ids = await walk(client, 'sort=seen_at&limit=2')
  t.equal(ids[0], 4)
  t.strictSame(ids.slice(-3), [1, 2, 3])
  t.equal(ids.length, 6)
})

t.test('a cursor that was made up, or belongs to another sort, is rejected by name [H11, H12]', async (t) => {
  const server = await build(t)
  const client = await server.signIn('user')
  await addParts(server, 5)
  const { next } = await read(client, 'sort=label&limit=2')
  const made = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
  const queries = [
    `after=${next}`,
    `sort=-label&after=${next}`,
    `sort=amount&after=${next}`,
    `sort=label&after=${next}x`,
    `sort=label&after=${next?.slice(0, -3)}`,
    'sort=label&after=1',
    'sort=label&after=x',
    'sort=label&after=',
    ...[made('label', { x: 1 }, 1), made('label', true, 1), made('label', 'x'), made('label', 'x', 0)].map(
      (cursor) => `sort=label&after=${cursor}`
    ),
    ...[made('label', 'x', '1'), made('label', 'x', 1.5), made('label', 'x', 2 ** 31), made()].map(
      (cursor) => `sort=label&after=${cursor}`
    )
  ]
  for (const query of queries) {
    const response = await client.get(`/api/part/?${query}`)
    t.equal(response.statusCode, 400, query)
    t.match(response.json(), { code: 'INVALID_INPUT', details: [{ field: 'after' }] }, query)
  }
  // The value is the database's own, so a made-up one is only compared, or rejected by name.
  for (const field of SORTED) {
    for (const value of ["' or 1=1--", '\0', '\ud800', -1e308, 'infinity', null]) {
      const response = await client.get(`/api/part/?sort=${field}&after=${made(field, value, 1)}`)
      t.ok([200, 400].includes(response.statusCode), `${field} after ${value}: ${response.statusCode}`)
      if (response.statusCode === 400) t.match(response.json(), { details: [{ field: 'after' }] })
    }
  }
})

t.test('an unknown sort is rejected with the names of those that there are', async (t) => {
  const client = await (await build(t)).signIn('user')
  for (const sort of ['note', 'Label', '--label', 'label,amount', '', '-', 'version']) {
    const response = await client.get(`/api/part/?sort=${encodeURIComponent(sort)}`)
    t.equal(response.statusCode, 400, sort)
    const message = `must be one of ${['id', ...SORTED].flatMap((name) => [name, `-${name}`]).join(', ')}`
    t.strictSame(response.json().details, [{ field: 'sort', message }])
  }
  const both = await client.get('/api/part/?sort=label&before=3')
  t.strictSame(both.json().details, [{ field: 'before', message: 'cannot be given together with sort' }])
})

async function read(client: Caller, query: string): Promise<Slice> {
  return (await client.get(`/api/part/?${query}`)).json<Slice>()
}

/** Returns the ids of all records of a list, read slice by slice. */
async function walk(client: Caller, query: string): Promise<number[]> {
  const ids: number[] = []
  for (let after: string | null = ''; after !== null && ids.length < 1000; ) {
    const slice = await read(client, `${query}${after && `&after=${after}`}`)
    ids.push(...slice.parts.map(({ id }) => id))
    after = slice.next
  }
  return ids
}

/** Adds parts with few different values, some of them null, so that many are equal. */
async function addParts({ db }: TestApp, count: number): Promise<void> {
  const [{ id: sample_id } = { id: 0 }] = await db.insert(sample).values({ name: 'x' }).returning()
  const rows = Array.from({ length: count }, (_, number) => ({
    sample_id,
    label: ['b', 'a', 'Ä', 'aa'][number % 4] ?? '',
    made_on: [null, '2024-02-29', '1999-12-31'][number % 3] ?? null,
    seen_at: ['2024-02-29T09:30:00.123Z', '1999-12-31T23:59:59Z'][number % 2] ?? '',
    amount: [0.1, -72.5, 1e15, 0.30000000000000004][number % 4] ?? 0,
    count: [null, 3, -4, 10, null][number % 5] ?? null,
    done: true
  }))
  await db.insert(part).values(rows)
}

function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? -1 : 1
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return a < (b as number) ? -1 : 1
}
