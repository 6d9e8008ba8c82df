// A resource's contract: which bodies are valid, and that a rejected body stores nothing.

import type { Test } from 'tap'
import type { Fields } from '../resource-contract.ts'
import type { Context } from './context.ts'
import { invalidFields, NO_NUMBERS, withJson, without } from './requests.ts'

const NO_OBJECTS = ['', 'null', '[]', '[{}]', '"x"', '1', 'true', '{', '{"id"', '{}}']
const NO_BOOLEANS = ['null', '0', '1', '""', '"true"', '[true]', '[]', '{}']
const NO_STRINGS = ['null', '0', '5', 'true', 'false', '["x"]', '[]', '{}']
/** As they stand in JSON. PostgreSQL stores none of them. */
const NO_TEXTS = ['\\u0000', 'a\\u0000b', '\\ud800', 'a\\udfff', '\\ude00\\ud83d', '\\ud83d x']

export function fieldTests(t: Test, context: Context): void {
  const { path, name, client, sendText, newChanges, invalid, fields, required } = context
  const { nullable, defaults, newBody, record, add, slice, unnamed } = context

  /** Sends one field, which must be rejected by its name, in a new record and in an update. `json` is its value. */
  async function rejects(t: Test, { url, body }: Awaited<ReturnType<typeof add>>, field: string, json: string) {
    const responses = await Promise.all([
      sendText('POST', path, withJson(body, field, json)),
      sendText('PUT', url, withJson(without(newChanges(), field), field, json)),
      sendText('PATCH', url, `{${JSON.stringify(field)}:${json}}`)
    ])
    for (const [index, response] of responses.entries()) {
      const what = `${['POST', 'PUT', 'PATCH'][index]} ${field}: ${json.slice(0, 60)}`
      t.equal(response.statusCode, 400, what)
      t.match(response.json(), { code: 'INVALID_INPUT' }, what)
      t.strictSame(invalidFields(response), [field], what)
    }
  }

  /** Fails unless the record is as it was created and is still the last one. */
  async function unchanged(t: Test, { id, url, body, etag }: Awaited<ReturnType<typeof add>>) {
    const read = await client.get(url)
    t.strictSame(read.json(), record(id, body), 'the record did not change')
    t.equal(read.headers.etag, etag)
    t.strictSame((await slice(`after=${id}`)).ids, [], 'no record was added')
  }

  t.test(`${name}: the contract is given an example and invalid values of every field`, async (t) => {
    const body = await newBody()
    t.strictSame(Object.keys(invalid).sort(), [...fields].sort())
    for (const field of fields) t.not(body[field] ?? null, null, `the body has a value for ${field}`)
    const changes = newChanges()
    for (const field of Object.keys(changes)) t.not(changes[field], body[field], `${field} changes`)
  })

  t.test(`${name}: an unknown field is rejected by name [D4]`, async (t) => {
    const added = await add()
    const [field = ''] = fields
    const misspelled = [field.toUpperCase(), `${field} `]
    const general = ['id', 'version', 'role', 'createdAt', 'toString', 'nonsense']
    const unknown = [...Object.keys(record(1, added.body)), ...misspelled, ...general]
    for (const field of new Set(unknown)) {
      if (fields.includes(field) || unnamed.includes(field)) continue
      for (const json of ['{"other":1}', '"x"']) await rejects(t, added, field, json)
    }
    await unchanged(t, added)
  })

  t.test(`${name}: an update may contain the whole record as it was read, or parts of it [D4]`, async (t) => {
    const { id, url, body } = await add()
    for (const method of ['PUT', 'PATCH'] as const) {
      const read = (await client.get(url)).json<Fields>()
      const written = await client.call(method, url, read)
      t.equal(written.statusCode, 200, method)
      t.strictSame(written.json(), record(id, body))
      const changes = newChanges()
      const changed = await client.call(method, url, { ...read, ...changes })
      t.strictSame(changed.json(), record(id, { ...body, ...changes }))
      await client.call(method, url, body)
    }
    const other = await client.put(url, { ...body, id: id + 1 })
    t.equal(other.statusCode, 400)
    t.strictSame(other.json().details, [{ field: 'id', message: 'cannot be changed' }])
    t.strictSame((await client.get(url)).json(), record(id, body))
  })

  t.test(`${name}: a record without a required field is rejected, with the field's name`, async (t) => {
    const added = await add()
    for (const field of required) {
      const response = await client.post(path, without(added.body, field))
      t.equal(response.statusCode, 400, field)
      t.strictSame(invalidFields(response), [field])
    }
    await unchanged(t, added)
  })

  t.test(`${name}: an invalid value is rejected, with the field's name`, async (t) => {
    const added = await add()
    for (const [field, values] of Object.entries(invalid)) {
      for (const value of values) await rejects(t, added, field, JSON.stringify(value))
    }
    await unchanged(t, added)
  })

  t.test(`${name}: a value of another type is rejected, not converted [H1, T3]`, async (t) => {
    const added = await add()
    for (const [field, value] of Object.entries(added.body)) {
      const others = { number: NO_NUMBERS, boolean: NO_BOOLEANS, string: NO_STRINGS }
      for (const json of others[typeof value as keyof typeof others] ?? []) {
        if (json !== 'null' || !nullable.includes(field)) await rejects(t, added, field, json)
      }
    }
    await unchanged(t, added)
  })

  t.test(`${name}: NUL and lone surrogates are rejected in every text [H3]`, async (t) => {
    const added = await add()
    for (const [field, value] of Object.entries(added.body)) {
      if (typeof value !== 'string') continue
      for (const text of NO_TEXTS) await rejects(t, added, field, `"${text}"`)
    }
    await unchanged(t, added)
  })

  t.test(`${name}: null clears a field that may be null, and is rejected for every other [H7]`, async (t) => {
    const added = await add()
    for (const field of [...required, ...Object.keys(defaults)]) await rejects(t, added, field, 'null')
    await unchanged(t, added)

    for (const field of nullable) {
      for (const body of [without(await newBody(), field), { ...(await newBody()), [field]: null }]) {
        const created = await client.post(path, body)
        t.equal(created.statusCode, 201, `a new record without ${field}`)
        const { id } = created.json<{ id: number }>()
        t.strictSame(created.json(), record(id, { ...body, [field]: null }))
      }
      for (const method of ['PUT', 'PATCH'] as const) {
        const { id, url, body } = await add()
        const cleared = await client.call(method, url, { [field]: null })
        t.equal(cleared.statusCode, 200, `${method} ${field}: null`)
        t.strictSame(cleared.json(), record(id, { ...body, [field]: null }))
        t.equal((await client.get(url)).payload, cleared.payload)
      }
    }
  })

  if (Object.keys(defaults).length > 0) {
    t.test(
      `${name}: a field with a default may be left out of a new record, and an update leaves it as it is`,
      async (t) => {
        for (const [field, value] of Object.entries(defaults)) {
          const body = without(await newBody(), field)
          const created = await client.post(path, body)
          const { id } = created.json<{ id: number }>()
          t.strictSame(created.json(), record(id, { ...body, [field]: value }), field)
        }
        const { id, url, body } = await add()
        await client.put(url, {})
        t.strictSame((await client.get(url)).json(), record(id, body))
      }
    )
  }

  t.test(`${name}: an update leaves the fields that it does not name as they are [H7]`, async (t) => {
    for (const method of ['PUT', 'PATCH'] as const) {
      const { id, url, body } = await add()
      const empty = await client.call(method, url, {})
      t.equal(empty.statusCode, 200)
      t.strictSame(empty.json(), record(id, body), `${method} without fields`)
      let current = body
      for (const [field, value] of Object.entries(newChanges())) {
        current = { ...current, [field]: value }
        t.strictSame((await client.call(method, url, { [field]: value })).json(), record(id, current), field)
        t.strictSame((await client.get(url)).json(), record(id, current))
      }
    }
  })

  t.test(`${name}: a body that is not a JSON object is rejected`, async (t) => {
    const added = await add()
    for (const text of NO_OBJECTS) {
      t.equal((await sendText('POST', path, text)).statusCode, 400, `POST ${text}`)
      t.equal((await sendText('PUT', added.url, text)).statusCode, 400, `PUT ${text}`)
      t.equal((await sendText('PATCH', added.url, text)).statusCode, 400, `PATCH ${text}`)
    }
    t.equal((await client.call('PATCH', added.url)).statusCode, 400, 'PATCH without a body')
    await unchanged(t, added)
  })
}
