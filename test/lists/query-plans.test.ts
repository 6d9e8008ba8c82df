// Sorted lists, ranges and searches use an index. Otherwise one request would read a whole table.

import { gte, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import t from 'tap'
import { engine } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { requireIndex } from '../../src/database/sort-indexes.ts'
import { atomically } from '../../src/database/transactions.ts'
import { placeQueries } from '../../src/id-finder.ts'
import { createConditions } from '../../src/list-conditions.ts'
import { findWords } from '../../src/search/word-index.ts'
import { build } from '../support/app.ts'
import { part, partSearch } from '../support/part/table.ts'

/** Columns of every kind, and a place in a list that is sorted by it. */
const SORTED = [
  [part.label, 'x'],
  [part.made_on, '2024-02-29'],
  [part.seen_at, engine === 'postgres' ? '2024-02-29 09:30:00+00' : 1_709_199_000_000],
  [part.amount, engine === 'postgres' ? '72.5' : 72.5],
  [part.count, engine === 'postgres' ? '3' : 3],
  [part.id, 5]
] as const

t.test('each slice of each sorted list begins at its place in an index', async (t) => {
  const { db } = await build(t)
  for (const [column, value] of SORTED) {
    for (const isDescending of [false, true]) {
      for (const after of [undefined, { value, id: 3 }, { value: null, id: 3 }]) {
        for (const query of placeQueries(db, part, { column, isDescending }, after)) {
          const plan = await planOf(db, query.limit(10))
          if (column === part.id && engine === 'sqlite' && !after) continue // rows are stored in the order of ids
          t.ok(isIndexed(plan), `${column.name} ${isDescending ? 'down' : 'up'}: ${plan}`)
          if (after) t.match(plan, engine === 'postgres' ? /Index Cond/ : /\bSEARCH\b/)
        }
      }
    }
  }
})

t.test('a range that the list is sorted by, and a search, use an index', async (t) => {
  const { db, signIn } = await build(t)
  const client = await signIn('user')
  const sample = (await client.post('/api/sample/', { name: 'x' })).json<{ id: number }>().id
  const body = { sample_id: sample, label: 'red box', seen_at: '2024-02-29T09:30:00Z', amount: 1, done: true }
  await client.post('/api/part/', body)
  const seenAt = { column: part.seen_at, isDescending: true }
  for (const query of placeQueries(db, part, seenAt, undefined, gte(part.seen_at, '2024-01-01T00:00:00Z'))) {
    t.ok(isIndexed(await planOf(db, query.limit(10))))
  }
  const conditions = createConditions(part, ['sample_id'], ['seen_at', 'amount'])
  const found = await findWords(db, partSearch, 're bo')
  const query = { sample_id: sample, amount_from: 0.5, amount_to: 2 }
  const { condition } = await conditions.limitsOf(db, query, 'seen_at', found)
  const plan = await planOf(db, db.select({ id: part.id }).from(part).where(condition).orderBy(part.id).limit(10))
  t.notMatch(plan, engine === 'postgres' ? /Seq Scan/ : /\bSCAN (?!.*USING )/)
  t.match(plan, /search_word|part_/)
})

t.test('a list without its index is refused when the server starts', async (t) => {
  t.throws(() => requireIndex(part, [part.note], 'lists are filtered by note'), {
    message: 'part needs an index on note, because lists are filtered by note: see sortIndex'
  })
  t.throws(() => requireIndex(part, [part.sample_id, part.amount], 'x'))
  t.doesNotThrow(() => requireIndex(part, [part.amount, part.id], 'x'))
})

/** Returns how the engine runs a query. PostgreSQL plans as if the table were large. */
async function planOf(db: Database, query: SQLWrapper): Promise<string> {
  if (engine === 'sqlite') {
    const all = (statement: SQL) => (db as unknown as { all(query: SQL): Promise<unknown[][]> }).all(statement)
    return (await all(sql`explain query plan ${query.getSQL()}`)).map((row) => row.at(-1)).join('\n')
  }
  return await atomically(db, async (tx) => {
    await tx.execute(sql`set local enable_seqscan = off`)
    await tx.execute(sql`set local enable_bitmapscan = off`)
    await tx.execute(sql`set local enable_sort = off`)
    const { rows } = await tx.execute(sql`explain ${query.getSQL()}`)
    return rows.map((row) => String(Object.values(row)[0])).join('\n')
  })
}

/** Whether a plan neither reads nor sorts a whole table. */
function isIndexed(plan: string): boolean {
  return engine === 'postgres' ? !/Seq Scan|Sort/.test(plan) : !/\bSCAN (?!.*USING )|TEMP B-TREE/.test(plan)
}
