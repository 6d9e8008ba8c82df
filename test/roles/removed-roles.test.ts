// A role that is taken away is gone for the next request, whatever token it comes with.

import t from 'tap'
import { signInAs, withToken } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import { startRequest } from '../support/late-body.ts'
import { listen } from '../support/net.ts'
import { sample } from '../support/sample/table.ts'
import { RESOURCE, readStatus, refresh } from '../support/tokens.ts'

const { app, accounts, db, signIn, second, instances } = await buildTwoInstances(t)
await listen(app)
await signIn('admin') // keeps the others from being the last administrator, whose role cannot be removed

t.test('a removed role no longer counts at the next request, at every instance [D3]', async (t) => {
  const caller = await signIn('user')
  const everywhere = () => Promise.all(instances.map((instance) => readStatus(instance, caller.access_token)))
  t.strictSame(await everywhere(), [200, 200])
  await accounts.setRoles(caller.id, [])
  t.strictSame(await everywhere(), [403, 403])
  await second.accounts.setRoles(caller.id, ['admin'])
  t.strictSame(await everywhere(), [403, 403], 'another role does not help')
  await second.accounts.setRoles(caller.id, ['admin', 'user'])
  t.strictSame(await everywhere(), [200, 200], 'with the role the same token works again')

  const later = await signInAs(app, caller)
  await accounts.setRoles(caller.id, [])
  const refreshed = await refresh(app, later.refresh_token)
  for (const { access_token } of [caller, later, refreshed]) {
    t.equal(await readStatus(app, access_token), 403, 'whichever login the token came from')
  }
})

t.test(
  'a DELETE whose empty body ends late deletes nothing if its role was removed before that [L4, D3]',
  async (t) => {
    const caller = await signIn('user')
    const path = String((await caller.post(RESOURCE, { name: 'early' })).headers.location)
    const request = await startRequest(t, app, { method: 'DELETE', path, token: caller.access_token })
    await accounts.setRoles(caller.id, ['admin'])
    t.equal(await request.finish(), 403)
    t.equal((await withToken(app, 'GET', path, (await signIn('user')).access_token)).statusCode, 200, 'it still exists')
  }
)

t.test('whatever the body, a request that ends after its role was removed changes nothing [L4, D3]', async (t) => {
  const path = String((await (await signIn('user')).post(RESOURCE, { name: 'early' })).headers.location)
  const before = await db.select().from(sample)
  for (const { method, url, body } of [
    { method: 'DELETE', url: path },
    { method: 'DELETE', url: path, body: '{}' },
    { method: 'PUT', url: path, body: '{"name":"late"}' },
    { method: 'PATCH', url: path, body: '{"name":"late"}' },
    { method: 'POST', url: RESOURCE, body: '{"name":"late"}' },
    { method: 'POST', url: RESOURCE }
  ]) {
    const caller = await signIn('user')
    const request = await startRequest(t, app, { method, path: url, body, token: caller.access_token })
    await accounts.setRoles(caller.id, [])
    t.equal(await request.finish(), 403, `${method} ${url} with ${body ?? 'no body'}`)
  }
  t.strictSame(await db.select().from(sample), before, 'nothing has changed')
})
