// A client that ends its body late is checked again, because it can lose its access in the meantime.

import t from 'tap'
import { build } from '../support/app.ts'
import { startRequest } from '../support/late-body.ts'
import { listen } from '../support/net.ts'
import { sample } from '../support/sample/table.ts'
import { jtiOf, RESOURCE, ROTATE } from '../support/tokens.ts'

const { app, accounts, db, signIn } = await build(t)
await listen(app)

t.test('a DELETE whose empty body ends late deletes nothing if its token was blocked before that [L4]', async (t) => {
  const caller = await signIn('user')
  const path = await addSample()
  const request = await startRequest(t, app, { method: 'DELETE', path, token: caller.access_token })
  await app.tokens.block(jtiOf(caller.refresh_token), 'admin')
  t.equal(await request.finish(), 401)
  t.equal((await (await signIn('user')).get(path)).statusCode, 200, 'the record still exists')
})

t.test('such a DELETE succeeds while its token is valid', async (t) => {
  const caller = await signIn('user')
  const path = await addSample()
  const request = await startRequest(t, app, { method: 'DELETE', path, token: caller.access_token })
  t.equal(await request.finish(), 200)
  t.equal((await caller.get(path)).statusCode, 404)
})

t.test('whatever the body and the reason, a request that loses its access changes nothing [L4, C3, C9]', async (t) => {
  const path = await addSample()
  const requests = [
    { method: 'DELETE', path },
    { method: 'DELETE', path, body: '{}' },
    { method: 'PUT', path, body: '{"name":"late"}' },
    { method: 'PATCH', path, body: '{"name":"late"}' },
    { method: 'PATCH', path, body: 'not JSON' },
    { method: 'POST', path: RESOURCE, body: '{"name":"late"}' },
    { method: 'POST', path: RESOURCE }
  ]
  const ways = {
    blocked: (caller: { refresh_token: string }) => app.tokens.block(jtiOf(caller.refresh_token), 'admin'),
    disabled: ({ id }: { id: number }) => accounts.setDisabled(id, true),
    removed: ({ id }: { id: number }) => accounts.remove(id)
  }
  const before = await db.select().from(sample)
  for (const [name, lose] of Object.entries(ways)) {
    for (const { method, path, body } of requests) {
      const caller = await signIn('user')
      const request = await startRequest(t, app, { method, path, body, token: caller.access_token })
      await lose(caller)
      const status = await request.finish()
      t.equal(status, body === 'not JSON' ? 400 : 401, `${name}: ${method} ${path} with ${body ?? 'no body'}`)
    }
  }
  t.strictSame(await db.select().from(sample), before, 'nothing has changed')
})

t.test('a blocked refresh token whose request ends late is not rotated [L4, C3]', async (t) => {
  const caller = await signIn('user')
  const request = await startRequest(t, app, { method: 'POST', path: ROTATE, token: caller.refresh_token })
  await app.tokens.block(jtiOf(caller.refresh_token), 'admin')
  t.equal(await request.finish(), 401)
})

async function addSample(): Promise<string> {
  const response = await (await signIn('user')).post(RESOURCE, { name: 'early' })
  return String(response.headers.location)
}
