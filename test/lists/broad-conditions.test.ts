// Conditions that find so many records that the list is read in its order and checked record by record.

import t from 'tap'
import { followChanges } from '../../src/search/word-index.ts'
import { build, eventually } from '../support/app.ts'
import { part, partSearch } from '../support/part/table.ts'
import { sample } from '../support/sample/table.ts'

const RECORDS = 12_000

t.test('conditions that each find thousands of records find the same together, in every order', async (t) => {
  const { signIn, db } = await build(t)
  const client = await signIn('user')
  const [{ id: sample_id } = { id: 0 }] = await db.insert(sample).values({ name: 'x' }).returning()
  const rows = Array.from({ length: RECORDS }, (_, number) => ({
    sample_id,
    label: `box${number % 7} red${number % 11}`,
    seen_at: new Date(number * 1000).toISOString(),
    amount: (number * 7919) % RECORDS,
    count: number % 10 === 0 ? null : number % 100,
    done: true
  }))
  for (let start = 0; start < RECORDS; start += 2000) await db.insert(part).values(rows.slice(start, start + 2000))
  while ((await followChanges(db, partSearch)) > 0);

  /** Returns the ids of all records of a list, read slice by slice. */
  async function walk(query: string, cursor = 'after', start = ''): Promise<number[]> {
    const ids: number[] = []
    for (let place: string | number | null = start; place !== null; ) {
      const url = `/api/part/?limit=1000&${query}${place && `&${cursor}=${place}`}`
      const response = await eventually(async () => {
        const answer = await client.get(url)
        return answer.statusCode === 503 ? undefined : answer // busy with what was added
      })
      const slice = response.json<{ parts: { id: number }[]; next: string | number | null; count?: null }>()
      t.equal(response.statusCode, 200, query)
      if (cursor === 'before') ids.unshift(...slice.parts.map(({ id }) => id))
      else ids.push(...slice.parts.map(({ id }) => id))
      place = slice.next
    }
    return ids
  }

  const all = rows.map((row, index) => ({ ...row, id: index + 1 }))
  const wanted = all.filter(({ amount, seen_at }) => amount >= 3000 && seen_at >= '1970-01-01T01:00:00.000Z')
  const ids = wanted.map(({ id }) => id)
  const query = `q=red+box&sample_id=${sample_id}&amount_from=3000&seen_at_from=1970-01-01T01:00:00Z`
  t.strictSame(await walk(query), ids, 'in the order of ids')
  t.strictSame(await walk(query, 'before', String(RECORDS + 1)), ids, 'backwards')
  t.strictSame(
    await walk(`${query}&before=9000`, 'after', '1'),
    ids.filter((id) => id < 9000)
  )
  t.strictSame(await walk(`${query}&sort=-id`), ids.toReversed())
  t.strictSame(await walk(`${query}&sort=-seen_at`), ids.toReversed(), 'sorted by a range')
  const byAmount = wanted.toSorted((a, b) => a.amount - b.amount).map(({ id }) => id)
  t.strictSame(await walk(`${query}&sort=amount`), byAmount)
  const byCount = wanted.toSorted((a, b) => (a.count ?? -1) - (b.count ?? -1) || a.id - b.id).map(({ id }) => id)
  t.strictSame(await walk(`${query}&sort=count`), byCount)

  const count = async (query: string) => (await client.get(`/api/part/?limit=1&count=true&${query}`)).json().count
  t.equal(await count(query), null, 'several conditions that find many are not counted')
  t.equal(await count('q=red'), null)
  t.equal(await count(''), RECORDS)
  t.equal(await count('amount_from=3000'), RECORDS - 3000)
  t.equal(await count(`sample_id=${sample_id}`), RECORDS)
  const few = all.filter(({ label, amount }) => label.startsWith('box3 red10') && amount >= 3000)
  t.equal(await count('q=red10+box3&amount_from=3000'), few.length, 'one that finds few is enough')
  t.strictSame(await walk('q=red10+box3&amount_from=3000&sort=-id'), few.map(({ id }) => id).reverse())
})
