// The errors of the API, as a program that calls it gets them.

import type { components } from './schema.ts'

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

/** Returns the code of an error response; '' when it is not an error of the API. The response can still be read. */
export async function errorCode(response: Response): Promise<string> {
  if (response.ok || !isJson(response)) return ''
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return isErrorBody(body) ? body.code : ''
}

export function isJson({ headers }: Response): boolean {
  return headers.get('content-type')?.includes('json') ?? false
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body
}
