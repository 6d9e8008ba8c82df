// Sends a request, and repeats it when it failed for now and cannot be done twice.

import { errorCode, isJson } from './errors.ts'

export type Fetch = (request: Request) => Promise<Response>

const KEY = 'idempotency-key'

/** How often a request is repeated. */
const RETRIES = 2
/** The longest wait that the server may ask for, in seconds. Who asks for more gets no repetition. */
const LONGEST_WAIT = 60

interface Conditions {
  /** Whether the request may be sent again when nobody knows if it was done. */
  isRepeatable?: boolean
  /** How long an attempt waits for its response if another one can follow, in milliseconds. */
  patience?: number
}

/**
 * Returns a function that sends a request up to three times. Each attempt takes at most `timeout` milliseconds. What the
 * server refused before any work is repeated in any case; a broken connection, no response in time, 502, 503, or 504 only
 * if the request is repeatable: by default, a GET or a request with an Idempotency-Key. Waits as `Retry-After` says.
 */
export function createSender(fetch: Fetch, timeout: number) {
  return async function send(
    request: Request,
    { isRepeatable = request.method === 'GET' || request.headers.has(KEY), patience = timeout }: Conditions = {}
  ): Promise<Response> {
    for (let attempt = 0; attempt < RETRIES; attempt++) {
      let wait = defaultWait(attempt)
      try {
        const response = await sendOnce(fetch, request, Math.min(patience, timeout))
        const code = await errorCode(response)
        if (!isRefused(response, code) && !(isRepeatable && isTemporary(response, code))) return response
        wait = askedWait(response) ?? wait
        if (wait > LONGEST_WAIT) return response
        await response.body?.cancel() // otherwise its connection stays in use
      } catch (error) {
        if (!isRepeatable || request.signal.aborted) throw error
      }
      await pause(wait, request.signal)
    }
    return await sendOnce(fetch, request, timeout)
  }
}

/** Gives a request that adds records a key, so that it can be repeated: a POST to a list, or to its `batch`. */
export function addKey({ method, url, headers }: Request): void {
  if (method !== 'POST' || headers.has(KEY)) return
  const { pathname } = new URL(url)
  if (/\/(batch)?$/.test(pathname) && !pathname.endsWith('/api/auth/')) headers.set(KEY, `"${crypto.randomUUID()}"`)
}

async function sendOnce(fetch: Fetch, request: Request, timeout: number): Promise<Response> {
  const late = new AbortController()
  const timer = setTimeout(() => {
    late.abort(new DOMException(`There was no response within ${timeout} ms`, 'TimeoutError'))
  }, timeout)
  try {
    const signal = AbortSignal.any([request.signal, late.signal])
    const response = await fetch(new Request(request.clone(), { signal }))
    // The connection can also break, or stall, within the body. Other bodies than JSON may be streams without an end.
    if (isJson(response)) await response.clone().arrayBuffer()
    return response
  } finally {
    clearTimeout(timer)
  }
}

// Nothing was done, so that any request can be repeated. An account that is locked stays so for a quarter of an hour.
function isRefused({ status }: Response, code: string): boolean {
  return (status === 429 && code !== 'TOO_MANY_FAILURES') || code === 'OVERLOADED'
}

// A proxy does not know what the server has done. The last is the first of two equal creations, which is still running.
function isTemporary({ status }: Response, code: string): boolean {
  return [502, 503, 504].includes(status) || code === 'IDEMPOTENCY_KEY_IN_USE'
}

/** Returns the seconds that `Retry-After` asks for, as a number or as a date; undefined if it asks for none. */
function askedWait({ headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

/** About 0.4 s, then 1.6 s: not the same for all clients that a server has lost at the same moment. */
function defaultWait(attempt: number): number {
  return 0.4 * 4 ** attempt * (0.75 + Math.random() / 2)
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000)
  })
  await untilAborted(over, signal).finally(() => clearTimeout(timer))
}

/** Returns the result of work that goes on when the signal is aborted; rejects then. */
export async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return await new Promise<Result>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
