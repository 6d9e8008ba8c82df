// The server keeps records that it has read until anything in the database changes, no matter who changes it.

import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { atomically } from '../../src/database/transactions.ts'
import { build, buildOn } from '../support/app.ts'
import { sample } from '../support/sample/table.ts'

type Listed = { samples: { id: number; name: string }[] }

/** Returns a server with one record that has been read often, and what a client sees of it. */
async function withRecord(t: Test) {
  const { db, env, signIn } = await build(t)
  const { db: other } = await buildOn(t, env)
  const caller = await signIn('user')
  const { id } = (await caller.post('/api/sample/', { name: 'first' })).json<{ id: number }>()
  const rename = (by: Pick<typeof db, 'update'>, name: string) =>
    by.update(sample).set({ name }).where(eq(sample.id, id))

  /** Returns the name in the record and in the list, or the status of an error. Each is read twice, so that it is kept. */
  async function read(): Promise<unknown[]> {
    const seen: unknown[] = []
    for (let time = 0; time < 2; time++) {
      const [record, list] = await Promise.all([caller.get(`/api/sample/${id}`), caller.get('/api/sample/')])
      seen.push(record.statusCode === 200 ? record.json<{ name: string }>().name : record.statusCode)
      seen.push(list.json<Listed>().samples.find((one) => one.id === id)?.name)
    }
    return [...new Set(seen)]
  }
  return { db, other, caller, id, rename, read }
}

t.test('a change of another process is seen by the very next read', async (t) => {
  const { other, rename, read } = await withRecord(t)
  t.same(await read(), ['first'])
  for (let round = 0; round < 20; round++) {
    await rename(other, `round ${round}`)
    t.same(await read(), [`round ${round}`])
  }
})

t.test('so is a change by another client, and one without the API', async (t) => {
  const { db, caller, id, rename, read } = await withRecord(t)
  for (let round = 0; round < 20; round++) {
    await caller.patch(`/api/sample/${id}`, { name: `sent ${round}` })
    t.same(await read(), [`sent ${round}`])
    await rename(db, `set ${round}`)
    t.same(await read(), [`set ${round}`])
  }
})

t.test('a change that is taken back is seen by nobody, and one that is committed by everybody', async (t) => {
  const { db, rename, read } = await withRecord(t)
  t.same(await read(), ['first'])
  const reads: Promise<unknown[]>[] = []
  const failing = atomically(db, async (tx) => {
    await rename(tx, 'taken back')
    reads.push(read())
    await rename(tx, 'taken back as well')
    throw new Error('changed my mind')
  })
  await t.rejects(failing, { message: 'changed my mind' })
  t.same(await Promise.all(reads), [['first']])
  t.same(await read(), ['first'])
  await atomically(db, (tx) => rename(tx, 'second'))
  t.same(await read(), ['second'])
})

t.test('a deleted record is gone at once', async (t) => {
  const { other, id, read } = await withRecord(t)
  t.same(await read(), ['first'])
  await other.delete(sample).where(eq(sample.id, id))
  t.same(await read(), [404, undefined])
})

t.test(
  'reads and changes at the same time: no answer is older than the last change before it was asked for',
  async (t) => {
    const { other, caller, id, rename } = await withRecord(t)
    let acknowledged = 0
    const reading = Array.from({ length: 8 }, async () => {
      while (acknowledged < 100) {
        const least = acknowledged
        const { name } = (await caller.get(`/api/sample/${id}`)).json<{ name: string }>()
        const seen = name === 'first' ? 0 : Number(name)
        if (seen < least) t.fail(`read ${seen} after ${least} was committed`)
      }
    })
    for (let number = 1; number <= 100; number++) {
      await rename(other, String(number))
      acknowledged = number
    }
    await Promise.all(reading)
    t.equal(acknowledged, 100)
  }
)
