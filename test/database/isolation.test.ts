// Transactions and the statements of other requests do not mix, and transactions that run at once lose no update.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { databaseFailure } from '../../src/database/failures.ts'
import { atomically } from '../../src/database/transactions.ts'
import { role } from '../../src/tables/account.ts'
import { build, buildOn, engine } from '../support/app.ts'
import { sample } from '../support/sample/table.ts'
import { namesOf, nextTurn } from './statements.ts'

t.test('a failing transaction does not take the statements of another request with it [H8]', async (t) => {
  const { db } = await build(t)
  const failing = atomically(db, async (tx) => {
    await tx.insert(sample).values({ name: 'inside' })
    throw new Error('changed my mind')
  })
  const [outcome] = await Promise.allSettled([failing, db.insert(sample).values({ name: 'outside' })])
  t.match(outcome, { status: 'rejected', reason: { message: 'changed my mind' } })
  t.same(await namesOf(db), ['outside'])
})

t.test('statements that start during an open transaction are not part of it [H8]', async (t) => {
  const { db, signIn } = await build(t)
  const caller = await signIn('user')
  const isOpen = Promise.withResolvers<void>()
  const failing = atomically(db, async (tx) => {
    await tx.insert(sample).values({ name: 'inside' })
    isOpen.resolve()
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    const seen = await tx.select().from(sample)
    if (engine === 'sqlite') t.equal(seen.length, 1, 'statements of others wait until it ends')
    throw new Error(`it saw ${seen.map((row) => row.name)}`)
  })
  await isOpen.promise
  // Drizzle starts a statement when it is awaited, so Promise.all starts these now.
  const others = Promise.all([
    db.insert(sample).values({ name: 'a statement' }),
    atomically(db, async (tx) => {
      await tx.insert(sample).values({ name: 'a transaction' })
    }),
    caller.post('/api/sample/', { name: 'a request' }),
    namesOf(db),
    db.query.user.findMany()
  ])
  await t.rejects(failing, { message: /^it saw .*inside/ })
  const [, , response, seen, accounts] = await others
  t.notOk(seen.includes('inside'), 'nobody reads what is not committed')
  t.equal(accounts.length, 1)
  t.equal(response.statusCode, 201)
  t.same(await namesOf(db), ['a request', 'a statement', 'a transaction'])
})

t.test('of changes that are made at once, one that fails undoes only itself', async (t) => {
  const { db } = await build(t)
  await db.insert(role).values({ name: 'taken' })
  const results = await Promise.allSettled([
    db.insert(sample).values({ name: 'before' }).returning(),
    db.insert(role).values({ name: 'taken' }),
    db.insert(sample).values({ name: 'after' }).returning(),
    db.update(sample).set({ name: 'changed' }).where(eq(sample.name, 'nothing')).returning()
  ])
  t.match(results[0], { status: 'fulfilled', value: [{ name: 'before' }] })
  t.equal(results[1].status === 'rejected' && databaseFailure(results[1].reason), 'unique')
  t.match(results[2], { status: 'fulfilled', value: [{ name: 'after' }] })
  t.strictSame(results[3], { status: 'fulfilled', value: [] })
  t.same(await namesOf(db), ['after', 'before'])
})

t.test('a change is seen by every later read, also through another connection', async (t) => {
  const { db, env } = await build(t)
  const { db: other } = await buildOn(t, env)
  const addSample = async (name: string) => {
    await db.insert(sample).values({ name })
  }
  for (let round = 0; round < 20; round++) {
    const name = `round ${round}`
    const changes = Array.from({ length: 5 }, () => addSample(name))
    await Promise.race(changes)
    t.ok((await namesOf(other)).includes(name), name)
    await Promise.all(changes)
    t.equal((await namesOf(db)).filter((other) => other === name).length, 5)
  }
})

t.test('nobody sees half a transaction', async (t) => {
  const { db } = await build(t)
  const addPair = () =>
    atomically(db, async (tx) => {
      await tx.insert(sample).values({ name: 'first' })
      await nextTurn()
      await tx.insert(sample).values({ name: 'second' })
    })
  const pairs = Promise.all(Array.from({ length: 20 }, addPair))
  const counts = Array.from({ length: 40 }, async (_, turn) => {
    for (; turn > 0; turn--) await nextTurn()
    return await db.$count(sample)
  })
  for (const count of await Promise.all(counts)) t.equal(count % 2, 0, `${count} rows were seen`)
  await pairs
  t.equal(await db.$count(sample), 40)
})

t.test('50 transactions at once that read, change and write a row under a lock lose no update', async (t) => {
  const { db } = await build(t)
  const [row] = await db.insert(sample).values({ name: '0' }).returning()
  const id = row?.id ?? 0
  const increment = () =>
    atomically(db, async (tx) => {
      await db.connection.lock(tx, 'administrators')
      const [before] = await tx.select().from(sample).where(eq(sample.id, id))
      await nextTurn()
      await tx
        .update(sample)
        .set({ name: String(Number(before?.name) + 1) })
        .where(eq(sample.id, id))
    })
  // On a slow machine some wait too long for a connection, as a request would. They have not begun, so they try again.
  const untilDone = async (): Promise<void> => {
    await increment().catch((error) => {
      if (databaseFailure(error) !== 'unavailable') throw error
      return untilDone()
    })
  }
  await Promise.all(Array.from({ length: 50 }, untilDone))
  t.same(await namesOf(db), ['50'])
})

t.test('contention starts a transaction again, at most three times, without what it did before', async (t) => {
  const { db } = await build(t)
  const contention = Object.assign(new Error('contention'), { code: '40001' })
  const failTimes = async (times: number) => {
    let attempts = 0
    const outcome = await atomically(db, async (tx) => {
      attempts++
      await tx.insert(sample).values({ name: `${times}, attempt ${attempts}` })
      if (attempts <= times) throw contention
      return 'stored'
    }).catch((error) => error.message)
    return { attempts, outcome }
  }
  t.same(await failTimes(3), { attempts: 4, outcome: 'stored' })
  t.same(await failTimes(4), { attempts: 4, outcome: 'contention' })
  t.same(await namesOf(db), ['3, attempt 4'])
})

if (engine === 'postgres') {
  t.test('a deadlock is resolved by a retry', async (t) => {
    const { db } = await build(t)
    const rows = await db
      .insert(sample)
      .values([{ name: 'a' }, { name: 'b' }])
      .returning()
    const [a = 0, b = 0] = rows.map((row) => row.id)
    const rename = (first: number, second: number, name: string) =>
      atomically(db, async (tx) => {
        await tx.update(sample).set({ name }).where(eq(sample.id, first))
        await tx.select().from(sample)
        await tx.update(sample).set({ name }).where(eq(sample.id, second))
      })
    for (let round = 0; round < 5; round++) {
      await Promise.all([rename(a, b, `x${round}`), rename(b, a, `y${round}`)])
      const left = await db.select().from(sample)
      t.equal(left[0]?.name, left[1]?.name)
    }
  })
}

t.test('tokens work while a transaction is open, whether or not they were used before', async (t) => {
  const { db, signIn } = await build(t)
  const [known, unknown, late] = [await signIn('user'), await signIn('user'), await signIn('user')]
  t.equal((await known.get('/api/sample/')).statusCode, 200)
  const [isOpen, mayWrite, mayEnd] = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
  const work = atomically(db, async (tx) => {
    isOpen?.resolve()
    await mayWrite?.promise
    await tx.insert(sample).values({ name: 'inside' })
    await mayEnd?.promise
  })
  await isOpen?.promise
  const requests = [known.get('/api/sample/'), unknown.get('/api/sample/')].map((request) => request.then(statusOf))
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  mayWrite?.resolve()
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  requests.push(late.get('/api/sample/').then(statusOf))
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  mayEnd?.resolve()
  await work
  t.strictSame(await Promise.all(requests), [200, 200, 200])
})

const statusOf = ({ statusCode }: { statusCode: number }) => statusCode
