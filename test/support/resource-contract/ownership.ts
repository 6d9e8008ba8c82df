// A resource's contract: for everybody but its owner, and those who see all, a record does not exist. The tests are made from
// what the resource states with `app.owner(…)`.

import type { Test } from 'tap'
import type { Caller } from '../app.ts'
import type { Context } from './context.ts'
import { invalidFields, UNKNOWN_ID } from './requests.ts'

export function ownershipTests(t: Test, context: Context): void {
  const { signInWith, path, list, name, roles, ownership, newBody, newChanges, record, add, self } = context
  if (!ownership) return
  const { all, isDirect, field, routes } = ownership
  const ordinary = roles.filter((role) => !all.includes(role))

  /** Every request for one record that the resource answers, whatever its routes are. */
  function requestsFor(url: string) {
    const ofRecords = routes.filter((route) => route.url.includes('/:id'))
    return ofRecords.flatMap(({ method, url: pattern, schema }) => {
      const rest = pattern.slice(pattern.indexOf('/:id') + '/:id'.length)
      const target = `${url}${rest.replace(/:\w+/g, String(UNKNOWN_ID))}`
      const bodies = schema?.body ? [newChanges(), {}, { nonsense: 1 }] : [undefined]
      return [method].flat().flatMap((one) => bodies.map((body) => [one, target, body] as const))
    })
  }

  t.test(
    `${name}: a record of another account answers as one that does not exist, and stays as it is [D8]`,
    async (t) => {
      for (const role of ordinary) {
        const [owner, other] = [await signInWith(role), await signInWith(role)]
        const { id, url, etag } = await add(owner)
        const before = (await owner.get(url)).payload
        const tags = [etag, '*', '"77"', 'x']
        const headers = [{}, ...tags.flatMap((tag) => [{ 'if-match': tag }, { 'if-none-match': tag }])]
        const missing = requestsFor(`${path}${UNKNOWN_ID}`)
        for (const [index, [method, target, body]] of requestsFor(url).entries()) {
          for (const header of headers) {
            const send = async (path: string) => {
              const { statusCode, headers, payload } = await other.call(method, path, body, header)
              const { date, 'x-request-id': _, ...rest } = headers
              return { statusCode, headers: rest, payload }
            }
            const hidden = await send(target)
            t.ok([404, 400].includes(hidden.statusCode), `${method} ${target} is ${hidden.statusCode}`)
            if (!body || !('nonsense' in body)) t.equal(hidden.statusCode, 404, `${method} ${target}`)
            t.strictSame(hidden, await send(missing[index]?.[1] ?? ''), `${method} ${JSON.stringify({ body, header })}`)
          }
        }
        const after = await owner.get(url)
        t.strictSame([after.payload, after.headers.etag], [before, etag], `${id} did not change`)
      }
    }
  )

  t.test(
    `${name}: a list has the records of the caller and no others, in every slice and by every filter [D8]`,
    async (t) => {
      for (const role of ordinary) {
        const [owner, other] = [await signInWith(role), await signInWith(role)]
        const first = await add(owner)
        const own = await add(other)
        const last = await add(owner)
        const parent = (await owner.get(first.url)).json()[field]
        const around = `after=${first.id - 1}&before=${last.id + 1}`
        for (const query of ['', 'limit=1', around, `${around}&limit=1`, `before=${last.id + 1}&limit=1`]) {
          t.strictSame(await idsOf(other, query), { ids: [own.id], next: null }, query)
        }
        t.strictSame((await idsOf(owner, around)).ids, [first.id, last.id])
        t.strictSame(await idsOf(owner, `${around}&limit=1`), { ids: [first.id], next: first.id })
        const filtered = await other.get(`${path}?${field}=${parent}`)
        if (filtered.statusCode === 200) t.strictSame(filtered.json(), { [list]: [], next: null }, 'by its owner')
        const counted = await other.get(`${path}?count=true`)
        if (counted.statusCode === 200) t.equal(counted.json().count, 1)
        await owner.delete(last.url)
        t.strictSame((await idsOf(owner, around)).ids, [first.id], 'the owner deletes a record')
        t.equal((await owner.put(first.url, newChanges())).statusCode, 200, 'the owner changes a record')
      }
    }
  )

  t.test(`${name}: a role that sees all reads, changes and deletes the records of everybody [D8]`, async (t) => {
    for (const role of all) {
      const [owner, manager] = [await signInWith(ordinary[0] as string), await signInWith(role)]
      const { id, url } = await add(owner)
      t.strictSame((await idsOf(manager, `after=${id - 1}`)).ids, [id])
      t.equal((await manager.get(url)).payload, (await owner.get(url)).payload)
      t.equal((await manager.put(url, newChanges())).statusCode, 200)
      t.equal((await owner.get(url)).payload, (await manager.get(url)).payload)
      t.equal((await manager.delete(url)).statusCode, 200)
      t.equal((await owner.get(url)).statusCode, 404)
    }
  })

  for (const reference of self) {
    t.test(`${name}: a ${reference} of another account is refused as one that does not exist [D8]`, async (t) => {
      const [owner, other] = [await signInWith(ordinary[0] as string), await signInWith(ordinary[0] as string)]
      const { id } = await add(owner)
      const own = await add(other)
      for (const value of [id, UNKNOWN_ID]) {
        for (const response of [
          await other.post(path, { ...(await newBody(other)), [reference]: value }),
          await other.put(own.url, { [reference]: value })
        ]) {
          t.equal(response.statusCode, 400)
          const details = [{ field: reference, message: 'refers to a record that does not exist' }]
          t.strictSame(response.json().details, details)
        }
      }
      t.strictSame((await other.get(`${path}?${reference}=${id}`)).json(), { [list]: [], next: null })
    })
  }

  if (!isDirect) return

  t.test(
    `${name}: a new record belongs to the caller, and only a role that sees all may name another [D8]`,
    async (t) => {
      const [caller, other] = [await signInWith(ordinary[0] as string), await signInWith(ordinary[0] as string)]
      const body = await newBody()
      const created = await caller.post(path, body)
      const { id } = created.json<{ id: number }>()
      t.strictSame(created.json(), { ...record(id, body), [field]: caller.id })
      const url = `${path}${id}`
      t.equal((await caller.put(url, { [field]: caller.id })).statusCode, 200, 'naming oneself')
      for (const value of [other.id, UNKNOWN_ID]) {
        for (const response of [
          await caller.post(path, { ...(await newBody()), [field]: value }),
          await caller.put(url, { [field]: value })
        ]) {
          t.equal(response.statusCode, 400)
          t.strictSame(response.json().details, [{ field, message: 'must be your own account' }])
        }
      }
      for (const value of [null, 0, '1']) {
        t.strictSame(invalidFields(await caller.put(url, { [field]: value })), [field], `${value}`)
      }

      for (const role of all) {
        const manager = await signInWith(role)
        const given = await manager.post(path, { ...(await newBody()), [field]: other.id })
        t.equal(given.statusCode, 201)
        const address = String(given.headers.location)
        t.equal((await other.get(address)).statusCode, 200)
        t.equal((await manager.put(address, { [field]: caller.id })).statusCode, 200)
        t.equal((await other.get(address)).statusCode, 404, 'the record belongs to somebody else now')
        const known = { 'if-none-match': String(given.headers.etag) }
        t.equal((await other.get(address, known)).statusCode, 404, 'also with the tag that it had')
        t.equal((await caller.get(address)).statusCode, 200)
        const unknown = await manager.put(address, { [field]: UNKNOWN_ID })
        t.strictSame([unknown.statusCode, invalidFields(unknown)], [400, [field]])
      }
    }
  )

  async function idsOf(caller: Caller, query: string) {
    const { next, ...lists } = (await caller.get(`${path}?${query}`)).json<Record<string, unknown>>()
    return { ids: (lists[list] as { id: number }[] | undefined)?.map(({ id }) => id), next }
  }
}
