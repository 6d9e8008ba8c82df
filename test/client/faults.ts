// What can go wrong between the typed client and the server. Each is used instead of `fetch` for one request.

import type { Send } from './api-client.ts'

/** Returns a response with an error of the API. */
export function failure(status: number, code: string, retryAfter = '0'): Response {
  const body = { statusCode: status, error: 'x', message: 'try again', code }
  return Response.json(body, { status, headers: { 'retry-after': retryAfter } })
}

/** The request does not reach the server. */
export const offline: Send = async () => {
  throw new TypeError('fetch failed')
}

/** The server does its work, but its response is lost. */
export const lost: Send = async (request) => {
  await fetch(request)
  return await offline(request)
}

/** The connection breaks within the body of the response. */
export const cut: Send = async (request) => {
  const { status, headers } = await fetch(request)
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"id":')),
    pull: (controller) => controller.error(new TypeError('fetch failed'))
  })
  return new Response(body, { status, headers })
}

/** There is no response. */
export const hanging: Send = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

export const busy: Send = async () => failure(503, 'UNAVAILABLE')
export const busyAfterwards: Send = async (request) => {
  await fetch(request)
  return failure(503, 'TIMED_OUT')
}
/** A proxy has lost the response. */
export const badGateway: Send = async (request) => {
  await fetch(request)
  return new Response('<h1>Bad Gateway</h1>', { status: 502, headers: { 'retry-after': '0' } })
}

export const overloaded: Send = async () => failure(503, 'OVERLOADED')
export const tooMany: Send = async () => failure(429, 'TOO_MANY_REQUESTS')
export const locked: Send = async () => failure(429, 'TOO_MANY_FAILURES')
