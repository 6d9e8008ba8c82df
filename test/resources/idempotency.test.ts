// How the keys of creations are stored. What a resource does with them is in the contract of every resource.

import t from 'tap'
import { cleanUp } from '../../plugins/scheduler/clean-up.ts'
import { fromNow } from '../../src/instants.ts'
import { idempotency_key } from '../../src/tables/idempotency-key.ts'
import { build } from '../support/app.ts'

const KEY = 'a-key-of-the-client'

t.test('a key is forgotten after 24 hours, and the clean-up deletes it [L14]', async (t) => {
  const { db, signIn } = await build(t)
  const user = await signIn('user')
  const create = () => user.call('POST', '/api/sample/', { name: 'once' }, { 'idempotency-key': KEY })
  const first = (await create()).json<{ id: number }>()
  t.equal(await cleanUp(db), 0)
  t.strictSame((await create()).json(), first)

  const [row] = await db.select().from(idempotency_key)
  const life = Date.parse(row?.expiry ?? '') - Date.now()
  t.ok(life > 23.9 * 3600_000 && life <= 24 * 3600_000)
  await db.update(idempotency_key).set({ expiry: fromNow(-1) })
  const second = (await create()).json<{ id: number }>()
  t.not(second.id, first.id)
  t.strictSame((await create()).json(), second)

  await db.update(idempotency_key).set({ expiry: fromNow(-1) })
  t.equal(await cleanUp(db), 1)
  t.strictSame(await db.select().from(idempotency_key), [])
})

t.test('neither the key nor the record can be read in the database [L17]', async (t) => {
  const { db, signIn } = await build(t)
  const user = await signIn('user')
  await user.call('POST', '/api/sample/', { name: 'a rare disease' }, { 'idempotency-key': KEY })
  const rows = await db.select().from(idempotency_key)
  t.equal(rows.length, 1)
  const stored = JSON.stringify(rows)
  for (const secret of [KEY, 'a rare disease', Buffer.from('a rare disease').toString('base64url')]) {
    t.notOk(stored.includes(secret), secret)
  }
})

t.test('a creation that fails leaves no key', async (t) => {
  const { db, signIn } = await build(t)
  const user = await signIn('user')
  const response = await user.call('POST', '/api/part/', { sample_id: 99 }, { 'idempotency-key': KEY })
  t.equal(response.statusCode, 400)
  t.strictSame(await db.select().from(idempotency_key), [])
})
