// A typed client of the API: openapi-fetch with the types of its document, and on top of it the login, the refresh of an
// access token that has expired, and another try when the server is busy.

import createFetchClient, {
  type Client as FetchClient,
  type FetchResponse,
  type MaybeOptionalInit
} from 'openapi-fetch'
import type { components, paths } from './schema.ts'

export type { components, paths }
export type ErrorBody = components['schemas']['Error']

/** What the server answered other than success. */
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
  /** Called after an access token has expired and was refreshed. */
  onRefresh?: () => void
  /** Instead of the global fetch. */
  fetch?: (request: Request) => Promise<Response>
}

export type Client = ReturnType<typeof createClient>

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'

/** The calls as openapi-fetch has them, whose types let unknown fields pass; these do not. */
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

/** How often a read that the server was too busy to answer (503) is tried again. */
const RETRIES = 2
/** The wait before it is when the server asks for none, in seconds. */
const DEFAULT_WAIT = 1
/** The longest wait before it is, in seconds, whatever the server asks for. */
const LONGEST_WAIT = 5

/**
 * A client of the API at `baseUrl`, with a method for each of HTTP: `await client.GET('/api/room/{id}', { params: …
 * })` gives `{ data, error, response }`, typed by path; `answerOf` makes of it the data or a thrown ApiError. Calls carry
 * the access token; when it has expired it is refreshed, once for all calls that wait for it, and the call is made again.
 * A read that the server is too busy for (503) is sent again up to twice, as `Retry-After` says. Rejects when nobody answers.
 */
export function createClient(baseUrl: string, { onRefresh, fetch: send = fetch }: ClientOptions = {}) {
  const open = createFetchClient<paths>({ baseUrl, fetch: sendPatiently })
  let accessToken = ''
  let refreshToken = ''
  let refused: { token: string; answer: Response } | undefined
  let refreshing: Promise<Response | undefined> | undefined

  const client = createFetchClient<paths>({
    baseUrl,
    async fetch(request) {
      const token = accessToken
      const response = await sendPatiently(withToken(request.clone(), token))
      if (response.status !== 401 || refreshToken === '' || request.headers.has('authorization')) return response
      if (!(await hasExpired(response))) return response
      if (token === accessToken) {
        refreshing ??= renew()
        const refusal = await refreshing
        if (refusal) return refusal.clone()
      }
      return await sendPatiently(withToken(request, accessToken))
    }
  })

  // Gives the answer that refused it, if one did: the refresh token is dead then, and is not tried again.
  async function renew(): Promise<Response | undefined> {
    const token = refreshToken
    if (token === refused?.token) return refused.answer
    try {
      await refresh()
      return undefined
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      refused = { token, answer: Response.json(error.body, { status: error.status }) }
      return refused.answer
    } finally {
      refreshing = undefined
    }
  }

  // A read changes nothing, so that it can be sent again; of a write nobody knows whether it was done.
  async function sendPatiently(request: Request): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const response = await send(request.clone())
      if (response.status !== 503 || request.method !== 'GET' || attempt === RETRIES) return response
      const asked = Number(response.headers.get('retry-after') ?? DEFAULT_WAIT)
      const seconds = Math.min(asked >= 0 ? asked : DEFAULT_WAIT, LONGEST_WAIT) // it can be a date as well
      await response.body?.cancel() // else its connection stays taken
      await pause(seconds, request.signal)
    }
  }

  async function refresh(): Promise<void> {
    const spent = refreshToken
    const { access_token } = await answerOf(open.GET('/api/auth/', { headers: bearer(spent) }))
    if (spent !== refreshToken) return // somebody else has logged in meanwhile, or nobody is any more
    accessToken = access_token
    onRefresh?.()
  }

  return Object.assign(client as Calls, {
    /** Signs in. Throws ApiError 401 when the name or the password is wrong. */
    async login(username: string, password: string): Promise<void> {
      const tokens = await answerOf(open.POST('/api/auth/', { body: { username, password } }))
      accessToken = tokens.access_token
      refreshToken = tokens.refresh_token
    },

    /** A new access token. Throws ApiError 401 when the refresh token has expired or was revoked: log in again. */
    refresh,

    /** Ends the refresh token and with it every access token that came from it. */
    async logout(): Promise<string> {
      const { msg } = await answerOf(open.DELETE('/api/auth/', { headers: bearer(refreshToken) }))
      return msg
    },

    /** When the access token expires, in milliseconds since 1970 (the `exp` claim, RFC 7519); 0 without one. */
    expiresAt(): number {
      if (accessToken === '') return 0
      const [, payload = ''] = accessToken.split('.')
      return Number(JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).exp) * 1000
    }
  })
}

/** The data of a call, or a thrown ApiError. */
export async function answerOf<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>
): Promise<NonNullable<Data>> {
  const { data, error, response } = await call
  if (data !== undefined && data !== null) return data
  const { status, statusText } = response
  const message = statusText || 'The answer cannot be read'
  // What stands between here and the server, such as a proxy, answers as it likes.
  const unknown: ErrorBody = { statusCode: status, error: statusText, message, code: 'UNREADABLE' }
  throw new ApiError(status, isErrorBody(error) ? error : unknown)
}

/** Resolves after so many seconds; rejects when the signal is aborted before. */
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

// A call that brings its own token keeps it, such as the one that rotates the refresh token.
function withToken(request: Request, token: string): Request {
  if (token !== '' && !request.headers.has('authorization')) request.headers.set('authorization', `Bearer ${token}`)
  return request
}

async function hasExpired(response: Response): Promise<boolean> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return isErrorBody(body) && body.code === 'TOKEN_EXPIRED'
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body
}
