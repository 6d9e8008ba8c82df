// The session of a client: the tokens in its store, their exchange for new ones, and their end.

import { ApiError } from './errors.ts'
import { createTurns, type TokenStore, type Tokens } from './store.ts'

export interface SessionEvents {
  /** Called after expired tokens were exchanged. */
  onRefresh?: () => void
  /**
   * Called when the session has ended and its user must log in again. The store is empty then. `code` is that of the 401:
   * `TOKEN_REVOKED`, `TOKEN_EXPIRED`, and so on; `TOKEN_MISSING` when another client of the store has logged out. Not
   * called by this client's `logout`.
   */
  onSessionEnd?: (code: string) => void
}

const inRefreshTurn = createTurns('refresh')
const inWriteTurn = createTurns('write')

/**
 * Returns the session in a store. `exchange` gets a refresh token, '' if there is none, and returns its successor. It must
 * repeat the request at once if the response is lost: the server returns the same successor for ten seconds only, and
 * takes a later use of a spent token for a theft, which ends all tokens of the login.
 */
export function createSession(
  store: TokenStore,
  exchange: (refreshToken: string) => Promise<Tokens>,
  { onRefresh, onSessionEnd }: SessionEvents
) {
  let wasOpen = false
  let refreshing: { expired: string; result: Promise<Tokens | undefined> } | undefined

  /** Returns the tokens; undefined when nobody is logged in. Each call reads the store, because others may use it too. */
  async function current(): Promise<Tokens | undefined> {
    const tokens = await store.get()
    const hasVanished = wasOpen && !tokens
    wasOpen = tokens !== undefined
    if (hasVanished) onSessionEnd?.('TOKEN_MISSING')
    return tokens
  }

  /**
   * Returns tokens to use instead of expired ones, undefined when nobody is logged in any more. Exchanges them once for all
   * calls that ask. Throws what `exchange` throws; if that means the end of the session, forgets the tokens first.
   */
  async function renew(expired: Tokens | undefined): Promise<Tokens | undefined> {
    const token = expired?.access_token ?? ''
    if (refreshing?.expired === token) return await refreshing.result
    const result = inRefreshTurn(store, () => exchangeUnlessDone(token)).finally(() => {
      if (refreshing?.result === result) refreshing = undefined
    })
    refreshing = { expired: token, result }
    return await result
  }

  async function exchangeUnlessDone(expired: string): Promise<Tokens | undefined> {
    const spent = await current()
    if ((spent?.access_token ?? '') !== expired) return spent // another client has refreshed, logged in or out
    let tokens: Tokens
    try {
      tokens = await exchange(spent?.refresh_token ?? '')
    } catch (error) {
      // Without Web Locks another client can have exchanged the token first. Then its tokens are in the store.
      const code = error instanceof ApiError && error.status === 401 ? error.body.code : ''
      const others = spent && isRefusal(code) ? await end(spent, code) : undefined
      if (others) return others
      throw error
    }
    return await inWriteTurn(store, async () => {
      const now = await current()
      // Somebody has logged in or out since, or another client got the same successor and may have spent it already.
      if (now?.refresh_token !== spent?.refresh_token) return now
      await store.set(tokens)
      onRefresh?.()
      return tokens
    })
  }

  /**
   * Forgets tokens that the server has refused with this code. Returns those that another client, or a login, has stored in
   * the meantime, if any: they are to be used instead.
   */
  async function end(refused: Tokens, code: string): Promise<Tokens | undefined> {
    return await inWriteTurn(store, async () => {
      const now = await current()
      if (now?.access_token !== refused.access_token) return now
      await write(undefined)
      onSessionEnd?.(code)
      return undefined
    })
  }

  async function write(tokens: Tokens | undefined): Promise<void> {
    wasOpen = tokens !== undefined
    await store.set(tokens)
  }

  return {
    current,
    renew,
    end,

    /** Stores the tokens of a login. */
    async begin(tokens: Tokens): Promise<void> {
      await inWriteTurn(store, () => write(tokens))
    },

    /** Forgets the tokens and returns them. */
    async forget(): Promise<Tokens | undefined> {
      return await inWriteTurn(store, async () => {
        const tokens = await store.get()
        await write(undefined)
        return tokens
      })
    }
  }
}

/** Whether the code of a 401 says that the server does not accept the token. */
export function isRefusal(code: string): boolean {
  return code.startsWith('TOKEN_')
}
