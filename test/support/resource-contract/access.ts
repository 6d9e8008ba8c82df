// A resource's contract: who may call it, and that every call is in the access log.

import type { Test } from 'tap'
import { FIXED_ROLES } from '../../../plugins/roles/required-roles.ts'
import { logRows, withToken } from '../app.ts'
import { allRequests, type Context, send } from './context.ts'

export function accessTests(t: Test, context: Context): void {
  const { app, db, signIn, signInWith, path, name, roles, client, newChanges, newBody, add, everything } = context

  t.test(
    `${name}: a client without a valid token and a role of the policy changes and sees nothing [D1]`,
    async (t) => {
      const { url } = await add()
      const requests = allRequests(path, url, await newBody(), newChanges())
      const before = await everything()
      for (const [method, url, payload] of requests) {
        const response = await app.inject({ method, url, ...(payload && { payload }) })
        t.equal(response.statusCode, 401, `${method} ${url} without a token`)
      }
      const revoked = await signIn(...roles)
      t.equal((await withToken(app, 'DELETE', '/api/auth/', revoked.refresh_token)).statusCode, 200)
      for (const request of requests) {
        t.equal((await send(revoked, request)).statusCode, 401, `${request[0]} ${request[1]} with a revoked token`)
      }
      for (const role of [undefined, ...FIXED_ROLES.filter((role) => !roles.includes(role))]) {
        const stranger = await signIn(...(role ? [role] : []))
        for (const request of requests) {
          const response = await send(stranger, request)
          t.equal(response.statusCode, 403, `${request[0]} ${request[1]} with ${role ? `the role ${role}` : 'no role'}`)
        }
      }
      t.equal(await everything(), before)
    }
  )

  t.test(`${name}: each role of the policy is enough for every request [D1]`, async (t) => {
    for (const role of roles) {
      const caller = await signInWith(role)
      const { url } = await add(caller)
      for (const request of allRequests(path, url, await newBody(caller), newChanges())) {
        const response = await send(caller, request)
        t.equal(response.statusCode, request[0] === 'POST' ? 201 : 200, `${request[0]} ${request[1]} as ${role}`)
      }
    }
  })

  t.test(`${name}: every request is one row of the access log [E1, E11]`, async (t) => {
    const { url } = await add()
    const requests = allRequests(path, url, await newBody(), newChanges())
    const stranger = await signIn()
    const before = (await logRows(db)).length
    const expected: unknown[] = []
    for (const request of [...requests, ['GET', url] as const]) {
      const [method, path] = request
      const { statusCode } = await send(client, request)
      expected.push([client.username, method, path, statusCode])
    }
    for (const request of requests) {
      const [method, path] = request
      await send(stranger, request)
      expected.push([stranger.username, method, path, 403])
    }
    await client.post(path, { nonsense: 1 })
    await client.get(`${path}?limit=0`)
    await app.inject(url)
    expected.push([client.username, 'POST', path, 400], [client.username, 'GET', path, 400])
    expected.push(['Anonymous', 'GET', url, 401])

    const rows = (await logRows(db)).slice(before)
    t.strictSame(
      rows.map(({ username, method, path, status }) => [username, method, path, status]),
      expected
    )
    t.strictSame(
      rows.slice(0, requests.length + 1).map(({ status }) => status),
      [200, 200, 201, 200, 200, 200, 200, 200, 404]
    )
  })
}
