// A caller without access to a resource cannot find out whether a record exists.

import t from 'tap'
import { build, type Caller } from '../support/app.ts'
import { RESOURCE } from '../support/tokens.ts'

const { app, signIn } = await build(t)

t.test('without the role or a token, the response is the same whether the record exists or not [D6]', async (t) => {
  const user = await signIn('user')
  const admin = await signIn('admin')
  const created = await user.post(RESOURCE, { name: 'Weight' })
  const existing = String(created.headers.location)
  const missing = `${RESOURCE}4711`
  const wrong = `${RESOURCE}x`

  for (const [method, payload] of [
    ['GET'],
    ['PUT', {}],
    ['PATCH', { nonsense: 1 }],
    ['DELETE'],
    ['POST', {}]
  ] as const) {
    const send = async (url: string, caller?: Caller) => {
      const response = caller
        ? await caller.call(method, url, payload, { 'if-match': '"77"' })
        : await app.inject({ method, url, ...(payload && { payload }) })
      const { date, 'x-request-id': _, ...headers } = response.headers
      return { status: response.statusCode, body: response.payload, headers }
    }
    if (method !== 'POST') {
      t.equal((await send(existing, admin)).status, 403, method)
      t.equal((await send(existing)).status, 401, method)
    }
    t.strictSame(await send(existing, admin), await send(missing, admin), `${method} in the wrong role`)
    t.strictSame(await send(existing), await send(missing), `${method} without a token`)
    if (method !== 'POST') {
      t.strictSame(await send(wrong, admin), await send(missing, admin), `${method} of an id that is not a number`)
    }
  }
  t.equal((await user.get(existing)).payload, created.payload, 'nothing has changed')
})
