// The typed client of the API, connected to a server that listens.

import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { ApiError, type ClientOptions, createClient } from '../../client/index.ts'
import { build, type logRows } from '../support/app.ts'

/** The resource `sample`, which only the tests have, with the type of a documented path that has a GET. */
export const SAMPLES = '/api/sample/' as '/health/live'
/** The same, with the type of a documented path that has a POST. */
export const SAMPLES_TO_ADD = '/api/sample/' as '/api/auth/'

export type Send = NonNullable<ClientOptions['fetch']>

/** Starts a server. `connect` returns a client of it; `refreshes` returns how many refreshes all clients reported. */
export async function openClients(t: Test) {
  const server = await build(t)
  const baseUrl = await server.app.listen({ port: 0, host: '127.0.0.1' })
  let refreshed = 0
  const connect = (send: Send = fetch) =>
    createClient(baseUrl, {
      fetch: send,
      onRefresh() {
        refreshed++
      }
    })
  return { ...server, connect, refreshes: () => refreshed }
}

/** Returns a `fetch` that replaces the access token in responses to these methods of /api/auth/ by an expired one. */
export function expiring(app: FastifyInstance, ...methods: string[]): Send {
  return async (request) => {
    const response = await fetch(request)
    if (!isAuth(request) || !methods.includes(request.method) || !response.ok) return response
    const tokens = (await response.json()) as { access_token: string }
    const { refresh_jti, sub } = app.jwt.decode<{ refresh_jti: string; sub: string }>(tokens.access_token) ?? {}
    const token = { jti: refresh_jti ?? '', user_id: Number(sub), expiry: '2024-02-29T00:00:00Z' }
    return Response.json({ ...tokens, access_token: app.signAccessToken(token) })
  }
}

/** Whether a request goes to /api/auth/: POST logs in, GET refreshes, DELETE logs out. */
export function isAuth({ url }: Request): boolean {
  return url.endsWith('/api/auth/')
}

/** Asserts that a call is rejected with an ApiError that matches. */
export async function rejectsWith(t: Test, call: Promise<unknown>, expected: object): Promise<void> {
  const error = await call.then(
    () => undefined,
    (error) => error
  )
  t.ok(error instanceof ApiError)
  t.match({ ...error, message: error?.message }, expected)
}

/** Counts the rows of the access log by method, path and status, such as `GET /api/sample/ 200`. */
export function countRequests(rows: Awaited<ReturnType<typeof logRows>>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method, path, status } of rows) {
    const request = `${method} ${path} ${status}`
    counts[request] = (counts[request] ?? 0) + 1
  }
  return counts
}
