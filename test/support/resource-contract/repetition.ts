// A resource's contract: a creation that is sent twice.

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { buildOn, type Caller, signInAs } from '../app.ts'
import type { Fields } from '../resource-contract.ts'
import type { Context } from './context.ts'
import { invalidFields } from './requests.ts'

export function repetitionTests(t: Test, context: Context): void {
  const { path, name, client, newChanges, newBody, add, slice, everything, env } = context

  t.test(`${name}: a creation with the key of another one gets its response and creates nothing [L14]`, async (t) => {
    const body = await newBody()
    const key = `"${randomUUID()}"`
    const first = await create(client, body, key)
    t.equal(first.statusCode, 201)
    const before = await everything()
    const other = await buildOn(t, env) // another instance, or the server after a restart
    const there = await signInAs(other.app, client)
    for (const caller of [client, there]) {
      for (const written of [key, key.slice(1, -1)]) {
        const again = await create(caller, body, written)
        t.equal(again.statusCode, 201)
        t.equal(again.payload, first.payload)
        t.strictSame([again.headers.location, again.headers.etag], [first.headers.location, first.headers.etag])
      }
    }
    t.equal(await everything(), before)
    await client.delete(String(first.headers.location))
    t.equal((await create(client, body, key)).payload, first.payload, 'also when the record has been deleted')
  })

  t.test(`${name}: equal creations at the same time create one record [L14]`, async (t) => {
    const body = await newBody()
    const key = randomUUID()
    const other = await buildOn(t, env)
    const callers = [client, await signInAs(other.app, client)]
    const start = (await add()).id
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => create(callers[index % 2] ?? client, body, key))
    )
    const created = responses.filter(({ statusCode }) => statusCode === 201)
    t.ok(created.length >= 1)
    t.equal(new Set(created.map(({ payload }) => payload)).size, 1, 'all have the same record')
    for (const { statusCode, payload } of responses) if (statusCode !== 201) t.match(JSON.parse(payload), IN_USE)
    t.equal((await slice(`after=${start}`)).ids.length, 1)
  })

  t.test(`${name}: a key with another body is rejected, and another account has other keys [L14]`, async (t) => {
    const body = await newBody()
    const key = randomUUID()
    const first = (await create(client, body, key)).json<{ id: number }>()
    const before = await everything()
    const reused = await create(client, { ...(await newBody()), ...newChanges() }, key)
    t.equal(reused.statusCode, 422)
    t.match(reused.json(), { code: 'IDEMPOTENCY_KEY_REUSED' })
    t.equal(await everything(), before)
    const stranger = await context.signInWith(context.roles[0])
    const other = await create(stranger, await newBody(stranger), key)
    t.equal(other.statusCode, 201)
    t.not(other.json<{ id: number }>().id, first.id)
  })

  t.test(`${name}: an invalid key is rejected by name, and a failed creation can be tried again`, async (t) => {
    for (const key of ['', '""', 'two words', 'x'.repeat(256), 'é']) {
      t.strictSame(invalidFields(await create(client, await newBody(), key)), ['idempotency-key'], key)
    }
    const key = randomUUID()
    t.equal((await create(client, { nonsense: 1 }, key)).statusCode, 400)
    t.equal((await create(client, await newBody(), key)).statusCode, 201)
  })

  async function create(caller: Caller, body: Fields, key: string) {
    return await caller.call('POST', path, body, { 'idempotency-key': key })
  }
}

const IN_USE = { statusCode: 409, code: 'IDEMPOTENCY_KEY_IN_USE' }
