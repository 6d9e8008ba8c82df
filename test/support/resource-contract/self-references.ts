// A resource's contract: records that refer to others of their kind.

import type { Test } from 'tap'
import type { Context } from './context.ts'
import { invalidFields, UNKNOWN_ID } from './requests.ts'

export function selfReferenceTests(t: Test, context: Context): void {
  const { path, name, client, self, deletedWith, newBody, record, add, slice } = context

  for (const field of self) {
    const outcome = deletedWith.includes(field) ? 'is deleted with it' : 'keeps it from being deleted'
    t.test(`${name}: a record whose ${field} is another one is found by it, and ${outcome} [H9]`, async (t) => {
      const parent = await add()
      const body = { ...(await newBody()), [field]: parent.id }
      const created = await client.post(path, body)
      t.equal(created.statusCode, 201)
      const { id } = created.json<{ id: number }>()
      t.strictSame(created.json(), { ...record(id, body), [field]: parent.id })
      t.strictSame((await slice(`${field}=${parent.id}`)).ids, [id])
      const deleted = await client.delete(parent.url)
      t.equal(deleted.statusCode, deletedWith.includes(field) ? 200 : 409)
      const url = `${path}${id}`
      t.equal((await client.get(url)).statusCode, deletedWith.includes(field) ? 404 : 200)
      if (deletedWith.includes(field)) return
      t.strictSame((await client.put(url, { [field]: null })).json(), { ...record(id, body), [field]: null })
      t.equal((await client.delete(parent.url)).statusCode, 200)
    })

    t.test(`${name}: a ${field} that does not exist is rejected by name`, async (t) => {
      const { url } = await add()
      for (const value of [UNKNOWN_ID, 0, '1']) {
        const responses = [
          await client.post(path, { ...(await newBody()), [field]: value }),
          await client.put(url, { [field]: value })
        ]
        for (const response of responses) {
          t.equal(response.statusCode, 400)
          t.strictSame(invalidFields(response), [field])
        }
      }
    })
  }
}
