// A typed client of the API: openapi-fetch with the types of its document, and on top of it the login, the refresh of an
// access token that has expired, and another try when the server is busy.

import createFetchClient from 'openapi-fetch'
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

/** How often a read that the server was too busy to answer (503) is tried again. */
const RETRIES = 2
/** The longest wait before it is, in seconds, whatever the server asks for. */
const LONGEST_WAIT = 5

/**
 * A client of the API at `baseUrl`, with a method for each of HTTP: `await client.GET('/api/patient/{id}', { params: …
 * })` gives `{ data, error, response }`, typed by path; `answerOf` makes of it the data or a thrown ApiError. Calls carry
 * the access token; when it has expired it is refreshed, once for all calls that wait for it, and the call is made again.
 */
export function createClient(baseUrl: string, { onRefresh, fetch: send = fetch }: ClientOptions = {}) {
  const open = createFetchClient<paths>({ baseUrl, fetch: send })
  let accessToken = ''
  let refreshToken = ''
  let refreshing: Promise<void> | undefined

  const client = createFetchClient<paths>({
    baseUrl,
    async fetch(request) {
      const token = accessToken
      const response = await sendPatiently(withToken(request.clone(), token))
      if (response.status !== 401 || !(await hasExpired(response)) || refreshToken === '') return response
      if (token === accessToken) {
        refreshing ??= refresh().finally(() => {
          refreshing = undefined
        })
        await refreshing
      }
      return await sendPatiently(withToken(request, accessToken))
    }
  })

  // A read changes nothing, so that it can be sent again; of a write nobody knows whether it was done.
  async function sendPatiently(request: Request): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const response = await send(request.clone())
      if (response.status !== 503 || request.method !== 'GET' || attempt === RETRIES) return response
      const seconds = Math.min(Number(response.headers.get('retry-after')) || 1, LONGEST_WAIT)
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    }
  }

  async function refresh(): Promise<void> {
    const { access_token } = await answerOf(open.GET('/api/auth/', { headers: bearer(refreshToken) }))
    accessToken = access_token
    onRefresh?.()
  }

  return {
    ...client,

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

    /** When the access token expires, in milliseconds since 1970 (the `exp` claim, RFC 7519). */
    expiresAt(): number {
      const [, payload = ''] = accessToken.split('.')
      return Number(JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).exp) * 1000
    }
  }
}

/** The data of a call, or a thrown ApiError. */
export async function answerOf<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>
): Promise<NonNullable<Data>> {
  const { data, error, response } = await call
  if (data === undefined || data === null) throw new ApiError(response.status, error as ErrorBody)
  return data
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}

function withToken(request: Request, token: string): Request {
  request.headers.set('authorization', `Bearer ${token}`)
  return request
}

async function hasExpired(response: Response): Promise<boolean> {
  const { code } = (await response.clone().json()) as Partial<ErrorBody>
  return code === 'TOKEN_EXPIRED'
}
