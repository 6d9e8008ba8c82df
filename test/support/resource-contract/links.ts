// A resource's contract: many-to-many. Its records have lists of others, which they are given and which are taken from them.

import type { Test } from 'tap'
import { type Caller, logRows } from '../app.ts'
import type { Context } from './context.ts'
import { INVALID_IDS, UNKNOWN_ID, unexpected } from './requests.ts'

export function linkTests(t: Test, context: Context): void {
  const { app, db, path, list, name, roles, client, signIn, signInWith, statementOf, ownership, add } = context

  for (const [others, { field, address, add: addOther }] of Object.entries(context.many)) {
    const other = field.replace(/_id$/, '').replaceAll('_', ' ')
    const addressOf = (id: number) => `${path}${id}/${others.replaceAll('_', '-')}`
    const newOther = async () => await addOther(context)
    const put = (id: number, other: number, caller = client) => caller.call('PUT', `${addressOf(id)}/${other}`)
    const remove = (id: number, other: number, caller = client) => caller.delete(`${addressOf(id)}/${other}`)
    const idsIn = async (key: string, url: string, caller: Caller) => {
      const records = (await caller.get(url)).json<Record<string, { id: number }[]>>()[key]
      return records?.map(({ id }) => id)
    }
    const listed = (id: number, query = '', caller = client) => idsIn(others, `${addressOf(id)}?${query}`, caller)
    const found = (other: number, caller = client) => idsIn(list, `${path}?${field}=${other}`, caller)

    t.test(`${name}: a ${other} is added once, listed, found by, and removed, however often it is sent`, async (t) => {
      const [one, two] = [await add(), await add()]
      const [first, last] = [await newOther(), await newOther()]
      for (const _ of [1, 2]) t.match(await put(one.id, first), { statusCode: 200, payload: /added/ })
      await put(one.id, last)
      await put(two.id, last)
      t.strictSame(await listed(one.id), [first, last])
      const [shown] = (await client.get(addressOf(one.id))).json()[others]
      const reader = await signIn(...rolesOf('GET', address))
      t.strictSame(shown, (await reader.get(`${address}${first}`)).json(), 'as it is read alone')
      const { next, count } = (await client.get(`${addressOf(one.id)}?limit=1&count=true`)).json()
      t.strictSame([next, count], [first, 2])
      t.strictSame(await listed(one.id, `limit=1&after=${next}`), [last], 'the next slice')
      t.strictSame([await found(first), await found(last)], [[one.id], [one.id, two.id]])
      t.strictSame(await found(UNKNOWN_ID), [])

      for (const _ of [1, 2]) t.match(await remove(one.id, last), { statusCode: 200, payload: /removed/ })
      t.strictSame([await listed(one.id), await listed(two.id)], [[first], [last]])
      t.strictSame(await found(last), [two.id])
    })

    t.test(`${name}: a ${other} that does not exist, or of a record that does not, is not found`, async (t) => {
      const { id } = await add()
      const known = await newOther()
      for (const response of [
        await put(UNKNOWN_ID, known),
        await remove(UNKNOWN_ID, known),
        await client.get(addressOf(UNKNOWN_ID)),
        await put(id, UNKNOWN_ID),
        await remove(id, UNKNOWN_ID)
      ]) {
        t.match(response.json(), { statusCode: 404, code: 'NOT_FOUND' })
      }
      const wrong = await unexpected(400, INVALID_IDS, (text) => client.call('PUT', `${addressOf(id)}/${text}`))
      t.strictSame(wrong, [], 'what is no id is invalid')
      t.strictSame(await listed(id), [])
    })

    t.test(`${name}: a ${other} is added and removed only with a role of the resource`, async (t) => {
      const { id } = await add()
      const [known, stranger] = [await newOther(), await signIn()]
      for (const response of [
        await put(id, known, stranger),
        await remove(id, known, stranger),
        await stranger.get(addressOf(id))
      ]) {
        t.equal(response.statusCode, 403)
      }
      t.equal((await app.inject({ method: 'PUT', url: `${addressOf(id)}/${known}` })).statusCode, 401)
      t.strictSame(await listed(id), [])
    })

    t.test(`${name}: a ${other} that is deleted is in no list any more, and each can be deleted [H9]`, async (t) => {
      const [one, two] = [await add(), await add()]
      const [gone, stays] = [await newOther(), await newOther()]
      for (const { id } of [one, two]) for (const each of [gone, stays]) await put(id, each)
      const deleter = await signIn(...rolesOf('DELETE', address))
      t.equal((await deleter.delete(`${address}${gone}`)).statusCode, 200)
      t.strictSame([await listed(one.id), await listed(two.id)], [[stays], [stays]])
      t.equal((await client.delete(one.url)).statusCode, 200)
      t.equal((await client.get(addressOf(one.id))).statusCode, 404)
      t.strictSame(await found(stays), [two.id])
    })

    t.test(`${name}: a request for a ${other} is logged with the subjects of the record`, async (t) => {
      const { id, url } = await add()
      const known = await newOther()
      const subjectsAfter = async (response: Promise<{ statusCode: number }>) => {
        t.equal((await response).statusCode, 200)
        return (await logRows(db)).at(-1)?.subjects
      }
      const subjects = await subjectsAfter(client.get(url))
      t.equal(await subjectsAfter(put(id, known)), subjects, 'adding it')
      t.equal(await subjectsAfter(client.get(addressOf(id))), subjects, 'the list')
      t.equal(await subjectsAfter(remove(id, known)), subjects, 'removing it')
    })

    if (ownership) {
      t.test(`${name}: a ${other} is seen and changed only by those who see the record [D8]`, async (t) => {
        const [ordinary = ''] = roles.filter((role) => !ownership.all.includes(role))
        const [owner, caller] = [await signInWith(ordinary), await signInWith(ordinary)]
        const { id } = await add(owner)
        const [own, known, more] = [(await add(caller)).id, await newOther(), await newOther()]
        t.equal((await put(id, known, owner)).statusCode, 200)
        for (const request of [
          (target: number) => caller.get(addressOf(target)),
          (target: number) => put(target, more, caller),
          (target: number) => remove(target, known, caller)
        ]) {
          const [hidden, missing] = [await request(id), await request(UNKNOWN_ID)]
          t.equal(hidden.statusCode, 404)
          t.equal(hidden.payload.replace(String(id), ''), missing.payload.replace(String(UNKNOWN_ID), ''))
        }
        t.strictSame([await listed(id, '', owner), await found(known, owner)], [[known], [id]], 'nothing changed')
        t.strictSame(await found(known, caller), [])
        await put(own, known, caller)
        t.strictSame([await found(known, caller), await found(known, owner)], [[own], [id]])
        for (const role of ownership.all) {
          const manager = await signInWith(role)
          t.strictSame(await found(known, manager), [id, own], role)
          t.equal((await remove(own, known, manager)).statusCode, 200)
          t.equal((await put(own, known, manager)).statusCode, 200)
        }
      })
    }

    const target = statementOf(address)
    if (target && !roles.some((role) => target.all.includes(role))) {
      t.test(`${name}: a ${other} of another account is one that does not exist [D8]`, async (t) => {
        const { id } = await add()
        const hidden = await newOther()
        const caller = await signIn(...roles)
        const owned = ownership ? (await add(caller)).id : id
        const manager = await signIn(...roles, ...target.all, ...(ownership?.all ?? []))
        await put(owned, hidden, manager)
        t.strictSame(await listed(owned, '', manager), [hidden])
        for (const response of [await put(owned, hidden, caller), await remove(owned, hidden, caller)]) {
          t.equal(response.statusCode, 404)
        }
        t.strictSame([await listed(owned, '', caller), await found(hidden, caller)], [[], []])
        t.strictSame(await listed(owned, '', manager), [hidden], 'it was not removed')
      })
    }
  }

  /** Returns the roles that may read or delete a record of another resource. */
  function rolesOf(method: string, address: string): string[] {
    const route = app.routePolicies().find((one) => one.method === method && one.path === `${address}:id`)
    if (!Array.isArray(route?.policy)) throw new Error(`${method} ${address}:id has no policy of roles`)
    return route.policy
  }
}
