// A server that listens, with callers who have signed in.

import type { Test } from 'tap'
import { build } from './app.ts'
import { listen, rawClient } from './net.ts'

/** Returns the server of `build` on a free port, a caller with the role user, and a client (see `rawClient`). */
export async function buildListening(t: Test, overrides: Record<string, string> = {}) {
  const server = await build(t, overrides)
  const user = await server.signIn('user')
  const port = await listen(server.app)
  return { ...server, port, user, send: rawClient(t, port), bearer: { authorization: `Bearer ${user.access_token}` } }
}
