// A server and a caller who sends request bodies of every kind.

import type { Test } from 'tap'
import { build } from '../support/app.ts'

/** The largest body that a resource accepts, in bytes. */
export const BODY_LIMIT = 100_000

/** Returns a server, a `post` that creates a sample from a body, and the number of samples `stored` so far. */
export async function buildForBodies(t: Test) {
  const { app, signIn } = await build(t)
  const user = await signIn('user')

  function post(contentType: string | undefined, payload: string | Buffer, headers: Record<string, string> = {}) {
    return app.inject({
      method: 'POST',
      url: '/api/sample/',
      headers: {
        authorization: `Bearer ${user.access_token}`,
        ...(contentType !== undefined && { 'content-type': contentType }),
        ...headers
      },
      payload
    })
  }
  async function stored(): Promise<number> {
    return (await user.get('/api/sample/')).json<{ samples: unknown[] }>().samples.length
  }
  return { app, post, stored }
}
