// A resource's contract: values that no two records have.

import type { Test } from 'tap'
import type { Context } from './context.ts'
import { chosen } from './requests.ts'

export function uniqueTests(t: Test, context: Context): void {
  const { path, name, client, unique, self, newBody, record, add, slice } = context

  for (const group of unique) {
    const fields = group.join(' and ')
    t.test(
      `${name}: a record that repeats the ${fields} of another is rejected with the names of the fields`,
      async (t) => {
        const parents = Object.fromEntries(
          await Promise.all(selfsIn(group).map(async (field) => [field, (await add()).id]))
        )
        const body = { ...(await newBody()), ...parents }
        const first = await client.post(path, body)
        t.equal(first.statusCode, 201)
        const other = await add()
        const repeated = chosen(
          body,
          group.filter((field) => field in body)
        )
        for (const response of [
          await client.post(path, { ...(await newBody()), ...repeated }),
          await client.put(other.url, repeated),
          await client.patch(other.url, repeated)
        ]) {
          t.equal(response.statusCode, 409)
          t.match(response.json(), { code: 'ALREADY_EXISTS' })
          t.strictSame(
            response.json().details,
            group.map((field) => ({ field, message: 'already exists' }))
          )
        }
        t.strictSame(
          (await client.get(other.url)).json(),
          record(other.id, other.body),
          'the other record did not change'
        )
        t.strictSame((await slice(`after=${other.id}`)).ids, [], 'no record was added')
        const same = await client.put(String(first.headers.location), repeated)
        t.equal(same.statusCode, 200, 'its own values are no conflict')
      }
    )
  }

  function selfsIn(group: string[]): string[] {
    return group.filter((field) => self.includes(field))
  }
}
