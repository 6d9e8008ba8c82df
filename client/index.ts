// A typed client for the API: openapi-fetch with the types of the OpenAPI document. It also logs in, refreshes an expired
// access token, and repeats reads and creations when the server is busy or the connection breaks.

import createFetchClient, {
  type Client as FetchClient,
  type FetchResponse,
  type MaybeOptionalInit
} from 'openapi-fetch'
import type { components, paths } from './schema.ts'

export type { components, paths }
export type ErrorBody = components['schemas']['ErrorBody']

/** The server responded with an error. */
export class ApiError extends Error {
  readonly status: number
  readonly body: ErrorBody

  constructor(status: number, body: ErrorBody) {
    super(`${status} ${body.message}`)
    this.name = 'ApiError'
    this.status = status
    this.body = body
  }
}

export interface ClientOptions {
  /** Called after an expired access token was refreshed. */
  onRefresh?: () => void
  /** Used instead of the global fetch. */
  fetch?: (request: Request) => Promise<Response>
}

export type Client = ReturnType<typeof createClient>

const KEY = 'idempotency-key'

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'

/** The calls of openapi-fetch, but with types that reject unknown fields. */
type Calls = Pick<FetchClient<paths>, 'use' | 'eject'> & {
  [M in Method as Uppercase<M>]: <Path extends PathsWith<M>>(
    path: Path,
    ...init: Init<Path, M>
  ) => Promise<FetchResponse<paths[Path][M] & object, object, 'application/json'>>
}
type PathsWith<M extends Method> = { [Path in keyof paths]: paths[Path][M] extends object ? Path : never }[keyof paths]
type Init<Path extends keyof paths, M extends Method> =
  undefined extends MaybeOptionalInit<paths[Path], M>
    ? [init?: MaybeOptionalInit<paths[Path], M>]
    : [init: MaybeOptionalInit<paths[Path], M>]

/** How often a request that can be repeated is retried. */
const RETRIES = 2
/** The wait before a retry if the server does not ask for one, in seconds. */
const DEFAULT_WAIT = 1
/** The longest wait before a retry, whatever the server asks for, in seconds. */
const LONGEST_WAIT = 5

/**
 * Returns a client for the API at `baseUrl` with one method per HTTP method: `await client.GET('/api/room/{id}', { params:
 * … })` returns `{ data, error, response }`, typed by path. `answerOf` turns that into the data or a thrown ApiError. Calls
 * send the access token. When it has expired, the client refreshes it once for all waiting calls, and repeats them. A read or
 * a creation that gets a 503, or no response, is repeated up to twice, as `Retry-After` says. Creations have an
 * `Idempotency-Key`, so the record is created once. Rejects when the server cannot be reached.
 */
export function createClient(baseUrl: string, { onRefresh, fetch: send = fetch }: ClientOptions = {}) {
  const open = createFetchClient<paths>({ baseUrl, fetch: sendPatiently })
  let accessToken = ''
  let refreshToken = ''
  let rejected: { token: string; response: Response } | undefined
  let refreshing: Promise<Response | undefined> | undefined

  const client = createFetchClient<paths>({
    baseUrl,
    async fetch(request) {
      if (isCreation(request) && !request.headers.has(KEY)) request.headers.set(KEY, `"${crypto.randomUUID()}"`)
      const token = accessToken
      const response = await sendPatiently(withToken(request.clone(), token))
      if (response.status !== 401 || refreshToken === '' || request.headers.has('authorization')) return response
      if (!(await hasCode(response, 'TOKEN_EXPIRED'))) return response
      if (token === accessToken) {
        refreshing ??= renew()
        const rejection = await refreshing
        if (rejection) return rejection.clone()
      }
      return await sendPatiently(withToken(request, accessToken))
    }
  })

  // Returns the response that rejected the refresh token, if one did. Such a token is not sent again.
  async function renew(): Promise<Response | undefined> {
    const token = refreshToken
    if (token === rejected?.token) return rejected.response
    try {
      await refresh()
      return undefined
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      rejected = { token, response: Response.json(error.body, { status: error.status }) }
      return rejected.response
    } finally {
      refreshing = undefined
    }
  }

  // A read can be repeated because it changes nothing, a creation because of its key. After another write has failed, nobody
  // knows whether it was done.
  async function sendPatiently(request: Request): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt === RETRIES || !(request.method === 'GET' || request.headers.has(KEY))
      let response: Response
      try {
        response = await send(request.clone())
      } catch (error) {
        if (isLast || request.signal.aborted) throw error
        await pause(DEFAULT_WAIT, request.signal)
        continue
      }
      if (isLast || !(await isTemporary(response))) return response
      const asked = Number(response.headers.get('retry-after') ?? DEFAULT_WAIT)
      const seconds = Math.min(asked >= 0 ? asked : DEFAULT_WAIT, LONGEST_WAIT) // it can also be a date
      await response.body?.cancel() // otherwise its connection stays in use
      await pause(seconds, request.signal)
    }
  }

  async function refresh(): Promise<void> {
    const spent = refreshToken
    const { access_token } = await answerOf(open.GET('/api/auth/', { headers: bearer(spent) }))
    if (spent !== refreshToken) return // somebody has logged in or out since
    accessToken = access_token
    onRefresh?.()
  }

  return Object.assign(client as Calls, {
    /** Logs in. Throws ApiError 401 when the name or the password is wrong. */
    async login(username: string, password: string): Promise<void> {
      const tokens = await answerOf(open.POST('/api/auth/', { body: { username, password } }))
      accessToken = tokens.access_token
      refreshToken = tokens.refresh_token
    },

    /** Gets a new access token. Throws ApiError 401 when the refresh token has expired or was revoked; then log in again. */
    refresh,

    /** Revokes the refresh token and every access token that came from it. */
    async logout(): Promise<string> {
      const { msg } = await answerOf(open.DELETE('/api/auth/', { headers: bearer(refreshToken) }))
      return msg
    },

    /** Returns when the access token expires, in milliseconds since 1970 (the `exp` claim, RFC 7519); 0 without a token. */
    expiresAt(): number {
      if (accessToken === '') return 0
      const [, payload = ''] = accessToken.split('.')
      return Number(JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).exp) * 1000
    }
  })
}

/** Returns the data of a call. Throws ApiError when the server responded with an error. */
export async function answerOf<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>
): Promise<NonNullable<Data>> {
  const { data, error, response } = await call
  if (data !== undefined && data !== null) return data
  const { status, statusText } = response
  const message = statusText || 'The response cannot be read'
  // A proxy in between can respond with anything.
  const unknown: ErrorBody = { statusCode: status, error: statusText, message, code: 'UNREADABLE' }
  throw new ApiError(status, isErrorBody(error) ? error : unknown)
}

function isCreation({ method, url }: Request): boolean {
  return method === 'POST' && !new URL(url).pathname.includes('/api/auth/')
}

// 503, or the first of two equal creations is still running.
async function isTemporary(response: Response): Promise<boolean> {
  return response.status === 503 || (response.status === 409 && (await hasCode(response, 'IDEMPOTENCY_KEY_IN_USE')))
}

/** Resolves after this many seconds; rejects when the signal is aborted first. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, seconds * 1000)
  })
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}

// A call with a token of its own keeps it, such as the one that rotates the refresh token.
function withToken(request: Request, token: string): Request {
  if (token !== '' && !request.headers.has('authorization')) request.headers.set('authorization', `Bearer ${token}`)
  return request
}

async function hasCode(response: Response, code: string): Promise<boolean> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return isErrorBody(body) && body.code === code
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body
}
