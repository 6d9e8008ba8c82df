// The typed client of the API, connected to a server that listens.

import { isNotNull } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { ApiError, type Client, type ClientOptions, createClient, type Tokens } from '../../client/index.ts'
import { refresh_token } from '../../src/tables/account.ts'
import { build, logRows, type TestApp } from '../support/app.ts'

/** The resource `sample`, which only the tests have, with the type of a documented path that has a GET. */
export const SAMPLES = '/api/sample/' as '/health/live'
/** The same, with the type of a documented path that has a POST. */
export const SAMPLES_TO_ADD = '/api/sample/' as '/api/auth/'

export type Send = NonNullable<ClientOptions['fetch']>

/**
 * Starts a server. `connect` returns a client of it; `refreshes` returns how many refreshes all clients reported; `endings`
 * holds the codes with which sessions ended.
 */
export async function openClients(t: Test, overrides?: Record<string, string>) {
  const server = await build(t, overrides)
  const baseUrl = await server.app.listen({ port: 0, host: '127.0.0.1' })
  let refreshed = 0
  const endings: string[] = []
  const connect = (send: Send = fetch, options: ClientOptions = {}) =>
    createClient(baseUrl, {
      fetch: send,
      onRefresh() {
        refreshed++
      },
      onSessionEnd: (code) => endings.push(code),
      ...options
    })
  return { ...server, connect, refreshes: () => refreshed, endings }
}

/** Adds a sample. */
export function addSample(client: Client, name: string) {
  return client.POST(SAMPLES_TO_ADD, { body: { name } as never })
}

/** Returns the loop over the samples. */
export function samplesOf(client: Client, query: object = {}): AsyncGenerator<{ id: number; name: string }> {
  return client.list(SAMPLES as never, { params: { query } } as never)
}

/** Returns the names of all samples, sorted. */
export async function sampleNames(client: Client): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of samplesOf(client)) names.push(name)
  return names.sort()
}

/** Returns tokens with an access token that has expired. */
export function expired(app: FastifyInstance, tokens: Tokens): Tokens {
  const { refresh_jti, sub } = app.jwt.decode<{ refresh_jti: string; sub: string }>(tokens.access_token) ?? {}
  const token = { jti: refresh_jti ?? '', user_id: Number(sub), expiry: '2024-02-29T00:00:00Z' }
  return { ...tokens, access_token: app.signAccessToken(token) }
}

/** Returns a `fetch` that replaces the access token in responses to these requests by an expired one. */
export function expiring(app: FastifyInstance, ...requests: ('login' | 'rotation')[]): Send {
  return async (request) => {
    const response = await fetch(request)
    if (!requests.some((one) => (one === 'login' ? isLogin(request) : isRotation(request))) || !response.ok)
      return response
    return Response.json(expired(app, (await response.json()) as Tokens))
  }
}

/** Whether a request logs in. */
export function isLogin({ method, url }: Request): boolean {
  return method === 'POST' && url.endsWith('/api/auth/')
}

/** Whether a request exchanges a refresh token. */
export function isRotation({ url }: Request): boolean {
  return url.endsWith('/api/auth/refresh')
}

/** Makes every rotation this old, in seconds. The server forgives another use of the token that it spent for ten. */
export async function ageRotations({ db }: Pick<TestApp, 'db'>, seconds: number): Promise<void> {
  const rotated = new Date(Date.now() - seconds * 1000).toISOString()
  await db.update(refresh_token).set({ rotated }).where(isNotNull(refresh_token.rotated))
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

/** Counts the requests during some work by method, path and status, such as `GET /api/sample/ 200`. */
export async function requestsDuring(
  { db }: Pick<TestApp, 'db'>,
  work: () => Promise<unknown>
): Promise<Record<string, number>> {
  const before = (await logRows(db)).length
  await work()
  const counts: Record<string, number> = {}
  for (const { method, path, status } of (await logRows(db)).slice(before)) {
    const request = `${method} ${path} ${status}`
    counts[request] = (counts[request] ?? 0) + 1
  }
  return counts
}
