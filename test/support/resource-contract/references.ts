// A resource's contract: the records that its records refer to.

import type { Test } from 'tap'
import type { Context } from './context.ts'
import { invalidFields, UNKNOWN_ID } from './requests.ts'

const NO_REFERENCES = [0, -1, 1.5, 2 ** 31, 2 ** 32 + 1, 2 ** 63, 1e20]

export function referenceTests(t: Test, context: Context): void {
  const { app, signIn, path, name, roles, client, newChanges, references, deletedWith, newBody, record, add, slice } =
    context
  const names = Object.keys(references)
  if (names.length === 0) return

  t.test(`${name}: a reference to a record that does not exist is rejected by name`, async (t) => {
    const { id, url, body } = await add()
    const all = Object.fromEntries(names.map((field, index) => [field, UNKNOWN_ID - index]))
    const cases = [...names.map((field) => ({ [field]: UNKNOWN_ID })), ...(names.length > 1 ? [all] : [])]
    for (const unknown of cases) {
      for (const response of [
        await client.post(path, { ...body, ...unknown }),
        await client.put(url, unknown),
        await client.patch(url, { ...newChanges(), ...unknown })
      ]) {
        const fields = Object.keys(unknown).sort()
        t.equal(response.statusCode, 400, fields.join())
        t.strictSame(invalidFields(response), fields)
        t.match(response.json(), { details: [{ message: 'refers to a record that does not exist' }] })
      }
    }
    t.strictSame((await client.get(url)).json(), record(id, body), 'the record did not change')
    t.strictSame((await slice(`after=${id}`)).ids, [], 'no record was added')
  })

  t.test(`${name}: a reference that is no id is rejected by name [H1]`, async (t) => {
    const { id, url, body } = await add()
    for (const field of names) {
      for (const value of NO_REFERENCES) {
        for (const response of [
          await client.post(path, { ...body, [field]: value }),
          await client.put(url, { [field]: value })
        ]) {
          t.equal(response.statusCode, 400, `${field}: ${value}`)
          t.strictSame(invalidFields(response), [field])
        }
      }
    }
    t.strictSame((await client.get(url)).json(), record(id, body), 'the record did not change')
    t.strictSame((await slice(`after=${id}`)).ids, [], 'no record was added')
  })

  for (const [field, parents] of Object.entries(references)) {
    const target = parents && context.statementOf(parents)
    if (!target || roles.some((role) => target.all.includes(role))) continue
    t.test(`${name}: a ${field} of another account is refused as one that does not exist [D8]`, async (t) => {
      const { url, body } = await add()
      const caller = await signIn(...roles)
      const { statusCode } = await caller.get(`${parents}${body[field]}`)
      t.ok([403, 404].includes(statusCode), 'the caller does not see it')
      for (const value of [body[field], UNKNOWN_ID]) {
        const response = await caller.post(path, { ...(await newBody()), [field]: value })
        t.equal(response.statusCode, 400)
        t.match(response.json().details, [{ field, message: 'refers to a record that does not exist' }])
      }
      t.equal((await client.put(url, { [field]: body[field] })).statusCode, 200, 'who sees all may refer to it')
    })
  }

  for (const [field, parents] of Object.entries(references)) {
    if (parents === null) continue
    const outcome = deletedWith.includes(field) ? 'deletes it too' : 'is rejected while it exists'
    t.test(`${name}: the deletion of the record behind ${field} ${outcome} [H9]`, async (t) => {
      const { url, body } = await add()
      const other = await add()
      const parent = `${parents}${body[field]}`
      const deleter = await signIn(...rolesFor(parents))
      if (!deletedWith.includes(field)) {
        const rejected = await deleter.delete(parent)
        t.equal(rejected.statusCode, 409)
        t.match(rejected.json(), { code: 'IN_USE' })
        t.equal((await deleter.get(parent)).statusCode, 200)
        t.equal((await client.get(url)).statusCode, 200)
        t.equal((await client.delete(url)).statusCode, 200)
      }
      t.equal((await deleter.delete(parent)).statusCode, 200)
      t.equal((await deleter.get(parent)).statusCode, 404)
      t.equal((await client.get(url)).statusCode, 404)
      t.strictSame((await client.get(other.url)).json(), record(other.id, other.body), 'another record stays')
    })
  }

  for (const [field, parents] of Object.entries(references)) {
    if (parents === null) continue
    t.test(`${name}: a record added while the record behind ${field} is deleted is never an orphan [H9]`, async (t) => {
      const deleter = await signIn(...rolesFor(parents))
      for (let round = 0; round < 5; round++) {
        const body = await newBody()
        const parent = `${parents}${body[field]}`
        const [created, deleted] = await Promise.all([client.post(path, body), deleter.delete(parent)])
        t.ok([201, 400].includes(created.statusCode), `POST ${created.statusCode}`)
        t.ok([200, 409].includes(deleted.statusCode), `DELETE ${deleted.statusCode}`)
        if (created.statusCode !== 201) continue
        const exists = (await client.get(String(created.headers.location))).statusCode === 200
        t.equal((await deleter.get(parent)).statusCode === 200, exists, 'both exist or neither')
      }
    })
  }

  /** Returns the roles that may delete a record of another resource. */
  function rolesFor(address: string): string[] {
    const routes = app.routePolicies()
    const route = routes.find(({ method, path }) => method === 'DELETE' && path === `${address}:id`)
    if (!Array.isArray(route?.policy)) throw new Error(`DELETE ${address}:id has no policy of roles`)
    return route.policy
  }
}
