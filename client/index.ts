// A typed client for the API: openapi-fetch with the types of the OpenAPI document. It also keeps a session, repeats what
// failed for now, and reads lists to their end.

import createFetchClient from 'openapi-fetch'
import type { Calls, Init } from './calls.ts'
import { ApiError, answerOf, errorCode } from './errors.ts'
import { eachRecord, type ListPath, type RecordOf } from './lists.ts'
import { addKey, createSender, type Fetch, untilAborted } from './retries.ts'
import type { components, paths } from './schema.ts'
import { createSession, isRefusal, type SessionEvents } from './session.ts'
import { memoryStore, type TokenStore, type Tokens } from './store.ts'

export { ApiError, answerOf, type ErrorBody } from './errors.ts'
export { memoryStore, type TokenStore, type Tokens, type WebStorage, webStorageStore } from './store.ts'
export type { components, paths }

export interface ClientOptions extends SessionEvents {
  /** Where the tokens are kept. By default in memory. */
  store?: TokenStore
  /** How long an attempt of a call waits for its response, in milliseconds. By default 30,000. */
  timeout?: number
  /** Used instead of the global fetch. */
  fetch?: Fetch
}

export type Client = ReturnType<typeof createClient>

/** How long a rotation waits before it is repeated, in milliseconds: the server forgives a repetition for ten seconds. */
const ROTATION_PATIENCE = 3_000

/**
 * Returns a client for the API at `baseUrl` with one method per HTTP method: `await client.GET('/api/room/{id}', { params:
 * … })` returns `{ data, error, response }`, typed by path. `answerOf` turns that into the data or a thrown ApiError. Calls
 * send the access token. When it has expired, the client exchanges its tokens once for all waiting calls, and repeats them.
 * `createSender` says what else is repeated. Additions get an `Idempotency-Key`, so the record is created once. Rejects when
 * the server cannot be reached, when it does not respond in time, or when the signal of a call is aborted.
 */
export function createClient(
  baseUrl: string,
  { store = memoryStore(), timeout = 30_000, fetch: sendOnce = fetch, ...events }: ClientOptions = {}
) {
  const send = createSender(sendOnce, timeout)
  const client = createFetchClient<paths>({ baseUrl, fetch: sendInSession })
  const session = createSession(store, rotate, events)

  async function sendInSession(request: Request): Promise<Response> {
    addKey(request)
    // A call with a token of its own keeps it.
    if (request.headers.has('authorization')) return await send(request)
    let tokens = await session.current()
    let response = await send(withToken(request, tokens))
    if (tokens && (await refusalOf(response)) === 'TOKEN_EXPIRED') {
      try {
        tokens = await untilAborted(session.renew(tokens), request.signal)
      } catch (error) {
        if (error instanceof ApiError) return Response.json(error.body, { status: error.status })
        throw error
      }
      if (!tokens) return response
      response = await send(withToken(request, tokens))
    }
    const refusal = await refusalOf(response)
    if (!tokens || refusal === '' || refusal === 'TOKEN_EXPIRED') return response
    const others = await session.end(tokens, refusal)
    return others ? await send(withToken(request, others)) : response
  }

  // A rotation can be repeated: for ten seconds the server returns the same successor. When all attempts have failed, nobody
  // knows whether the token is spent. It stays in the store, because it may be good; if not, its next use ends the session.
  async function rotate(refreshToken: string): Promise<Tokens> {
    return await answerOf(
      client.POST('/api/auth/refresh', {
        headers: refreshToken === '' ? {} : bearer(refreshToken),
        fetch: (request) => send(request, { isRepeatable: true, patience: ROTATION_PATIENCE })
      })
    )
  }

  return Object.assign(client as Calls, {
    /** Logs in and stores the tokens. Throws ApiError 401 when the name or the password is wrong. */
    async login(username: string, password: string): Promise<void> {
      await session.begin(
        await answerOf(client.POST('/api/auth/', { body: { username, password }, fetch: (request) => send(request) }))
      )
    },

    /**
     * Exchanges the tokens for new ones, without waiting until they have expired. Throws ApiError 401 when the session has
     * ended; then log in again.
     */
    async refresh(): Promise<void> {
      await session.renew(await session.current())
    },

    /**
     * Forgets the tokens, and revokes them with every token of this login. Returns what the server says; it is
     * no error when they have ended before. Throws when the server cannot be reached; the tokens are forgotten then, too.
     */
    async logout(): Promise<string> {
      const tokens = await session.forget()
      const call = client.DELETE('/api/auth/', {
        headers: tokens ? bearer(tokens.refresh_token) : {},
        fetch: (request) => send(request, { isRepeatable: true })
      })
      try {
        return (await answerOf(call)).msg
      } catch (error) {
        if (error instanceof ApiError && isRefusal(error.body.code)) return error.body.message
        throw error
      }
    },

    /** Returns when the access token expires, in milliseconds since 1970 (the `exp` claim, RFC 7519); 0 without a token. */
    async expiresAt(): Promise<number> {
      const tokens = await session.current()
      if (!tokens) return 0
      const [, payload = ''] = tokens.access_token.split('.')
      return Number(JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).exp) * 1000
    },

    /** Yields the records of a list, which it reads slice by slice: `for await (const room of client.list('/api/room/'))`. */
    list<Path extends ListPath>(path: Path, ...[init]: Init<Path, 'get'>): AsyncGenerator<RecordOf<Path>, void> {
      return eachRecord(client.GET as never, path, init as object) as AsyncGenerator<RecordOf<Path>, void>
    }
  })
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}

function withToken(request: Request, tokens: Tokens | undefined): Request {
  const sent = request.clone()
  if (tokens) sent.headers.set('authorization', `Bearer ${tokens.access_token}`)
  return sent
}

/** Returns the code of a 401 that refuses a token; '' for any other response. */
async function refusalOf(response: Response): Promise<string> {
  const code = response.status === 401 ? await errorCode(response) : ''
  return isRefusal(code) ? code : ''
}
