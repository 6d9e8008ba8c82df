// A transaction stores everything or nothing, and it always ends: with its work, with an error, or at its time limit.

import { eq } from 'drizzle-orm'
import t from 'tap'
import type { Transaction } from '../../src/database/db.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { atomically } from '../../src/database/transactions.ts'
import { build, engine } from '../support/app.ts'
import { sample } from '../support/sample/table.ts'
import { insertOrphan, namesOf, nextTurn } from './statements.ts'

t.test('a transaction stores everything and returns the result of its work [H8]', async (t) => {
  const { db } = await build(t)
  const count = await atomically(db, async (tx) => {
    const [row] = await tx.insert(sample).values({ name: 'draft' }).returning()
    await nextTurn()
    await tx.insert(sample).values({ name: 'second' })
    await tx
      .update(sample)
      .set({ name: 'first' })
      .where(eq(sample.id, row?.id ?? 0))
    const rows = await tx.select().from(sample)
    return rows.length
  })
  t.equal(count, 2)
  t.same(await namesOf(db), ['first', 'second'])
})

t.test('an error inside a transaction rolls everything back [H8]', async (t) => {
  const { db } = await build(t)
  const [kept] = await db.insert(sample).values({ name: 'kept' }).returning()
  const failing = atomically(db, async (tx) => {
    await tx.insert(sample).values({ name: 'added' })
    await nextTurn()
    await tx
      .update(sample)
      .set({ name: 'changed' })
      .where(eq(sample.id, kept?.id ?? 0))
    throw new Error('changed my mind')
  })
  await t.rejects(failing, { message: 'changed my mind' })
  t.same(await namesOf(db), ['kept'])

  const synchronous = atomically(db, () => {
    throw new Error('before the first statement')
  })
  await t.rejects(synchronous, { message: 'before the first statement' })
  await db.insert(sample).values({ name: 'later' })
  t.same(await namesOf(db), ['kept', 'later'], 'the next statement is not part of it')
})

t.test('a statement that fails rolls the transaction back, even if its error is caught [H8]', async (t) => {
  const { db } = await build(t)
  const atTheEnd = atomically(db, async (tx) => {
    await tx.insert(sample).values({ name: 'before' })
    await insertOrphan(tx).catch(() => {})
  })
  t.equal(await atTheEnd.catch(databaseFailure), 'reference')
  t.same(await namesOf(db), [])

  const followed = atomically(db, async (tx) => {
    await insertOrphan(tx).catch(() => {})
    await tx
      .insert(sample)
      .values({ name: 'after' })
      .catch(() => {})
  })
  t.equal(await followed.catch(databaseFailure), 'reference')
  t.same(await namesOf(db), [])
})

t.test('statements of a transaction that has ended are rejected', async (t) => {
  const { db } = await build(t, { DATABASE_CONNECTIONS: '1' })
  const escaped: Transaction[] = []
  await atomically(db, async (tx) => {
    escaped.push(tx)
    await tx.insert(sample).values({ name: 'inside' })
  })
  const failing = atomically(db, async (tx) => {
    escaped.push(tx)
    throw new Error('changed my mind')
  })
  await t.rejects(failing, { message: 'changed my mind' })
  t.equal(escaped.length, 2)

  // With one connection, the statement would otherwise land in this transaction of another request.
  await atomically(db, async (tx) => {
    await tx.insert(sample).values({ name: 'another request' })
    for (const ended of escaped) {
      await t.rejects(ended.insert(sample).values({ name: 'late' }), { cause: { message: /has ended/ } })
      await t.rejects(ended.select().from(sample), { cause: { message: /has ended/ } })
    }
  })
  t.same(await namesOf(db), ['another request', 'inside'])
})

t.test('a transaction that does not end is rolled back at its limit, and the server goes on', async (t) => {
  const { app, db, signIn } = await build(t, { DATABASE_CONNECTIONS: '2' })
  const caller = await signIn('user')
  const resume = Promise.withResolvers<unknown>()
  const late = Promise.withResolvers<unknown>()
  const endless = atomically(db, async (tx) => {
    await tx.insert(sample).values({ name: 'endless' })
    // On SQLite a statement outside `tx` waits for the transaction, which waits for the statement.
    await (engine === 'sqlite' ? db.select().from(sample) : resume.promise)
    await tx.insert(sample).values({ name: 'late' }).then(late.resolve, late.resolve)
  })
  const waiting = caller.post('/api/sample/', { name: 'of a request' })
  t.equal((await app.inject('/health/live')).statusCode, 200, 'the event loop goes on')
  await t.rejects(endless, { message: /^A transaction took too long/ })
  t.equal((await waiting).statusCode, 201)
  resume.resolve(undefined)
  t.match(await late.promise, { cause: { message: /has ended/ } })
  t.same(await namesOf(db), ['of a request'])
})
