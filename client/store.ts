// Where the tokens are: in memory, in the storage of a browser, or wherever a program keeps them.

import type { components } from './schema.ts'

export type Tokens = components['schemas']['TokenPair']

/** Keeps the tokens of one login. Several clients can use the same store, also in several tabs or processes. */
export interface TokenStore {
  get(): Tokens | undefined | Promise<Tokens | undefined>
  /** Stores tokens. With undefined, forgets them. */
  set(tokens: Tokens | undefined): void | Promise<void>
  /** The same for all stores that hold the same tokens. With a name, the tabs of a browser take turns (Web Locks). */
  readonly name?: string
}

/** Returns a store that ends with the program. */
export function memoryStore(tokens?: Tokens): TokenStore {
  return {
    get: () => tokens,
    set(changed) {
      tokens = changed
    }
  }
}

/** What a store needs of `localStorage` or `sessionStorage`. */
export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Returns a store in `localStorage`, which all tabs share, or in `sessionStorage`, which ends with the tab. */
export function webStorageStore(storage: WebStorage, key = 'rest-client-tokens'): TokenStore {
  return {
    name: key,
    get() {
      const text = storage.getItem(key)
      return text === null ? undefined : JSON.parse(text)
    },
    set(tokens) {
      if (tokens) storage.setItem(key, JSON.stringify(tokens))
      else storage.removeItem(key)
    }
  }
}

/**
 * Returns a function that runs work for a store when all earlier work for it has ended: that of this program in any case,
 * and that of other tabs where the platform has Web Locks and the store has a name.
 */
export function createTurns(purpose: string) {
  const last = new WeakMap<TokenStore, Promise<unknown>>()
  return async function inTurn<Result>(store: TokenStore, work: () => Promise<Result>): Promise<Result> {
    const turn = (last.get(store) ?? Promise.resolve()).then(() => locked(purpose, store.name, work))
    last.set(
      store,
      turn.catch(() => {})
    )
    return await turn
  }
}

type Locks = { request<Result>(name: string, work: () => Promise<Result>): Promise<Result> }

async function locked<Result>(purpose: string, name: string | undefined, work: () => Promise<Result>) {
  // Node before 24.5 and Deno have no Web Locks, and browsers have them only for https and localhost.
  const { locks } = ((globalThis as { navigator?: object }).navigator ?? {}) as { locks?: Locks }
  return name === undefined || !locks ? await work() : await locks.request(`${purpose} ${name}`, work)
}
