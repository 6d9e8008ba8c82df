// Searching a list by words: `q` finds records whose words begin with all of its words.

import { eq, sql } from 'drizzle-orm'
import t from 'tap'
import { atomically } from '../../src/database/transactions.ts'
import { search_change, search_word } from '../../src/tables/search-index.ts'
import { build, type Caller, eventually, logRows } from '../support/app.ts'
import { execute } from '../support/resources.ts'
import { sample } from '../support/sample/table.ts'

const NAMES = [
  'Ada Lovelace',
  'Müller, Jürgen',
  'Mueller Anna-Maria',
  "Sinéad O'Connor",
  'Łukasz Æbelø',
  'İSTANBUL ÉCOLE',
  'Σωκράτης Ελλάδα',
  'Жанна 3rd',
  '100% _real_ name',
  'aaaa aaab'
]

t.test('a search finds words by their beginnings, in any order and spelling [H11]', async (t) => {
  const { signIn } = await build(t)
  const client = await signIn('user')
  for (const name of NAMES) t.equal((await client.post('/api/sample/', { name })).statusCode, 201)
  const cases: [search: string, ...ids: number[]][] = [
    ['ada', 1],
    ['LOVE ad', 1],
    ['lovelace ada', 1],
    ['lovelacex'],
    ['ovelace'],
    ['muller', 2, 3],
    ['müller', 2, 3],
    ['mueller', 2, 3],
    ['mu\u0308l', 2, 3],
    ['jurg', 2],
    ['maria', 3],
    ['anna maria', 3],
    ['anna-maria', 3],
    ['sinead', 4],
    ['oconnor', 4],
    ["o'con", 4],
    ['o’con', 4],
    ['lukasz aebelo', 5],
    ['łuk', 5],
    ['istan ecole', 6],
    ['σωκρ', 7],
    ['ΣΩΚΡΆΤΗς', 7],
    ['ελλαδα', 7],
    ['жан', 8],
    ['3', 8],
    ['100%', 9],
    ['%real%', 9],
    ['_', -1],
    ['%', -1],
    ["'", -1],
    ['a', 1, 3, 5, 10],
    ['a a a aa', 10],
    ['aaaa aaab', 10],
    ["ada' or 1=1--"],
    ['ａｄａ', 1]
  ]
  for (const [search, ...ids] of cases) {
    const response = await find(client, search)
    if (ids[0] === -1) {
      t.equal(response.statusCode, 400, search)
      t.strictSame(response.json().details, [{ field: 'q', message: 'must contain a letter or a digit' }])
    } else t.strictSame(idsOf(response), ids, search)
  }
})

t.test('a search goes with filters, order, slices and counts', async (t) => {
  const { signIn } = await build(t)
  const client = await signIn('user')
  for (const name of ['ab c', 'aa', 'b', 'ac', 'ab']) await client.post('/api/sample/', { name })
  const get = async (query: string) => (await client.get(`/api/sample/?${query}`)).json()
  t.match(await get('q=a&limit=2&count=true'), { samples: [{ id: 1 }, { id: 2 }], next: 2, count: 4 })
  t.match(await get('q=a&limit=2&after=2'), { samples: [{ id: 4 }, { id: 5 }], next: null })
  const first = await get('q=a&sort=-name&limit=2')
  t.match(first, { samples: [{ id: 4 }, { id: 1 }] })
  t.match(await get(`q=a&sort=-name&after=${first.next}`), { samples: [{ id: 5 }, { id: 2 }], next: null })
})

t.test('a search knows every change at once, also those of other programs', async (t) => {
  const { signIn, db } = await build(t)
  const client = await signIn('user')
  const { id } = (await client.post('/api/sample/', { name: 'Ada' })).json<{ id: number }>()
  t.strictSame(idsOf(await find(client, 'ada')), [id])
  await client.put(`/api/sample/${id}`, { name: 'Grace' })
  t.strictSame(idsOf(await find(client, 'ada')), [])
  t.strictSame(idsOf(await find(client, 'grace')), [id])

  await execute(db, "insert into sample (name) values ('Élodie'), ('Zoë')")
  t.strictSame(idsOf(await find(client, 'elodie')), [id + 1])
  await execute(db, "update sample set name = 'Noël' where name = 'Zoë'")
  t.strictSame(idsOf(await find(client, 'zoe')), [])
  t.strictSame(idsOf(await find(client, 'noel')), [id + 2])

  await client.delete(`/api/sample/${id}`)
  await execute(db, 'delete from sample')
  t.strictSame(idsOf(await find(client, 'noel')), [])
  const words = await db.select().from(search_word).where(eq(search_word.record_table, 'sample'))
  t.strictSame(words, [], 'nothing of deleted records is left')
})

t.test('searches and changes of the same moment never leave a word of an old version', async (t) => {
  const { signIn, db } = await build(t)
  const client = await signIn('user')
  const { id } = (await client.post('/api/sample/', { name: 'name0' })).json<{ id: number }>()
  for (let round = 1; round <= 10; round++) {
    const name = `name${round}`
    await Promise.all([
      find(client, 'name'),
      client.put(`/api/sample/${id}`, { name }),
      find(client, 'x'),
      client.put(`/api/sample/${id}`, { name }),
      find(client, 'name')
    ])
  }
  t.strictSame(idsOf(await find(client, 'name10')), [id])
  const words = await db.select().from(search_word).where(eq(search_word.record_table, 'sample'))
  t.strictSame(
    words.map(({ word }) => word),
    ['name10']
  )
})

t.test('a rolled-back change is not found', async (t) => {
  const { signIn, db } = await build(t)
  const client = await signIn('user')
  const change = atomically(db, async (tx) => {
    await tx.insert(sample).values({ name: 'Ghost' })
    throw new Error('rolled back')
  })
  await t.rejects(change, /rolled back/)
  t.strictSame(idsOf(await find(client, 'ghost')), [])
})

t.test('a search of too many words or too long is rejected by name', async (t) => {
  const { signIn } = await build(t)
  const client = await signIn('user')
  for (const search of ['', 'x'.repeat(101), 'a b c d e f g h i', '\ud800', 'x\0']) {
    const response = await find(client, search.toWellFormed())
    if (response.statusCode === 200) continue
    t.equal(response.statusCode, 400, search)
  }
  const many = await find(client, 'a b c d e f g h i')
  t.strictSame(many.json().details, [{ field: 'q', message: 'must have at most 8 different words' }])
  t.equal((await find(client, Array(33).fill('a').join(' '))).statusCode, 200, 'repeated words count once')
  t.equal((await client.get('/api/part/?q=x')).statusCode, 200)
})

t.test('after an import of many records a search gets 503 until their words are known', async (t) => {
  const { signIn, db } = await build(t)
  const client = await signIn('user')
  const rows = Array.from({ length: 1500 }, (_, number) => ({ name: `Imported ${number}` }))
  await db.insert(sample).values(rows)
  const early = await find(client, 'imported 1499')
  t.equal(early.statusCode, 503)
  t.ok(early.headers['retry-after'])
  const found = await eventually(async () => {
    const response = await find(client, 'imported 1499')
    return response.statusCode === 200 ? response : undefined
  })
  t.strictSame(idsOf(found), [1500])
})

t.test('what is searched for is in no log, and the subjects that were found are [E10]', async (t) => {
  const { signIn, db } = await build(t)
  const client = await signIn('user')
  const { id } = (await client.post('/api/sample/', { name: 'Secretname' })).json<{ id: number }>()
  await find(client, 'secretn')
  const row = (await logRows(db)).at(-1)
  t.match(row, { path: '/api/sample/', status: 200, subjects: ` sample:${id} ` })
  t.notMatch(JSON.stringify(row), /secretn/i)
  const [left] = await db.select({ count: sql<number>`count(*)` }).from(search_change)
  t.equal(Number(left?.count), 0)
})

async function find(client: Caller, search: string) {
  return await client.get(`/api/sample/?${new URLSearchParams({ q: search })}`)
}

function idsOf(response: { json(): { samples: { id: number }[] } }): number[] {
  return response.json().samples.map(({ id }) => id)
}
