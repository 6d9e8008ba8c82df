// A resource's contract: the ids of its records.

import type { Test } from 'tap'
import { type Context, recordRequests, send } from './context.ts'
import { INVALID_IDS, UNKNOWN_ID, unexpected } from './requests.ts'

export function idTests(t: Test, context: Context): void {
  const { path, name, client, newChanges, add } = context

  t.test(`${name}: an address whose id is not an integer from 1 to 2^31 - 1 is rejected`, async (t) => {
    const addresses = INVALID_IDS.map((id) => `${path}${id}`)
    const requests = addresses.flatMap((url) => recordRequests(url, newChanges()))
    t.strictSame(await unexpected(400, requests, (request) => send(client, request)), [])
  })

  t.test(`${name}: no record has an unknown id`, async (t) => {
    const requests = recordRequests(`${path}${UNKNOWN_ID}`, newChanges())
    t.strictSame(await unexpected(404, requests, (request) => send(client, request)), [])
  })

  t.test(`${name}: the id of a deleted record is not used again [L13]`, async (t) => {
    const first = await add()
    await client.delete(first.url)
    t.ok((await add()).id > first.id)
  })
}
