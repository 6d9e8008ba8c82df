// The errors that this server throws on purpose, and the one body in which every error is sent. Code that cannot go on
// throws; plugins/error-handler.ts makes the response.

import createError from '@fastify/error'
import { type ErrorBody, MAX_FIELD } from './schemas.ts'

/** The reason phrases. Not imported, because an import of node:http also loads fetch, which makes the start slower. */
export const { STATUS_CODES } = process.getBuiltinModule('node:http')

export interface FieldError {
  field: string
  message: string
}

/** 400 that names the invalid fields. */
export const InvalidInput = createError<[string]>('INVALID_INPUT', '%s', 400)
/** 400 for a request that breaks HTTP or its encoding. */
export const BadRequest = createError<[string]>('BAD_REQUEST', '%s', 400)
/** 400 for a request whose client went away before its body was complete. */
export const Aborted = createError('ABORTED', 'The request was aborted', 400)

/** The 401 errors. Their texts are part of the contract: clients recognize an expired token by its `msg`. */
export const BadCredentials = createError('BAD_CREDENTIALS', 'Bad username or password', 401)
export const TokenMissing = createError('TOKEN_MISSING', 'Missing Authorization Header', 401)
export const TokenMalformed = createError(
  'TOKEN_MALFORMED',
  "Bad Authorization header. Expected 'Authorization: Bearer <token>'",
  401
)
export const TokenInvalid = createError<[string]>('TOKEN_INVALID', 'Invalid token: %s', 401)
export const TokenWrongType = createError<['access' | 'refresh']>('TOKEN_WRONG_TYPE', 'Only %s tokens are allowed', 401)
export const TokenExpired = createError('TOKEN_EXPIRED', 'Token has expired', 401)
export const TokenRevoked = createError('TOKEN_REVOKED', 'Token has been revoked', 401)

export const Forbidden = createError('FORBIDDEN', 'Your roles do not allow this', 403)
/** 403 when somebody loses the right to make a change before it is committed. The pages lead to the sign-in page instead. */
export const AccessLost = createError('ACCESS_LOST', 'Your access has ended, so nothing was changed', 403)
export const RoleMissing = createError('ROLE_MISSING', 'This account is not allowed to sign in here', 403)
export const WrongPassword = createError('WRONG_PASSWORD', 'The old password is wrong', 403)
export const NotFound = createError<[string]>('NOT_FOUND', '%s not found', 404)
export const MethodNotAllowed = createError<[string]>('METHOD_NOT_ALLOWED', '%s is not allowed here', 405)
const Exists = createError('ALREADY_EXISTS', 'This record already exists', 409)
export const InUse = createError('IN_USE', 'Other records refer to this one', 409)
/** 409 for a change that would leave no administrator. */
export const LastAdministrator = createError(
  'LAST_ADMINISTRATOR',
  'This is the last enabled administrator. Make another account an administrator first',
  409
)
/** 409 for a change that was decided on while somebody else changed the account. */
export const AccountChanged = createError('ACCOUNT_CHANGED', 'This account has been changed in the meantime', 409)
/** The errors of an Idempotency-Key. */
export const KeyInUse = createError(
  'IDEMPOTENCY_KEY_IN_USE',
  'A request with this Idempotency-Key is still running',
  409
)
export const KeyReused = createError(
  'IDEMPOTENCY_KEY_REUSED',
  'This Idempotency-Key was already used with another body',
  422
)
export const PreconditionFailed = createError(
  'PRECONDITION_FAILED',
  'The record has changed since it was read, or If-Match has a weak tag (W/), which never matches',
  412
)
/** 413, which takes the limit. */
export const TooLarge = createError<[string]>('PAYLOAD_TOO_LARGE', 'The body is larger than %s', 413)
export const UriTooLong = createError('URI_TOO_LONG', 'A part of the address is too long', 414)
/** 421 for a Host header that does not name this server. */
export const Misdirected = createError('MISDIRECTED', 'This server does not answer to this host name', 421)
export const UnsupportedMedia = createError<[string]>('UNSUPPORTED_MEDIA_TYPE', '%s', 415)
export const TooManyFailures = createError(
  'TOO_MANY_FAILURES',
  'Too many failed logins for this account. Try again later',
  429
)
export const TooManyRequests = createError(
  'TOO_MANY_REQUESTS',
  'Too many requests from this address. Try again later',
  429
)
export const Unavailable = createError('UNAVAILABLE', 'The server cannot do this now. Try again', 503)
/** 503 for a request that was refused before any work, because the server has too much to do. */
export const Overloaded = createError('OVERLOADED', 'The server has too much to do. Try again', 503)
/** 503 for a handler that took too long. It cannot be stopped, so its change may still be made. */
export const TimedOut = createError('TIMED_OUT', 'This took too long, and may still be done', 503)

/** Returns a 400 error with these details. Its message repeats the first. */
export function invalidFields(details: [FieldError, ...FieldError[]]): Error {
  const [first] = details
  return Object.assign(new InvalidInput(`${first.field} ${first.message}`), { details })
}

/** Returns a 409 error for a record whose values in these fields, together, another one already has. */
export function alreadyExists(fields: string[]): Error {
  const details = fields.map((field) => ({ field, message: 'already exists' }))
  return Object.assign(new Exists(), details.length > 0 && { details })
}

/** An error that may come with an HTTP status, a code and the invalid fields. */
export interface Failure extends Error {
  statusCode?: number
  code?: string
  details?: FieldError[]
  headers?: Record<string, string>
}

const INTERNAL = { code: 'INTERNAL_ERROR', message: 'Something went wrong on our side' }

/**
 * Returns the body in which an error is sent. A status other than 4xx or 503 becomes 500. A 5xx carries the request id
 * and, except 503, hides its cause. Without an error the body says only what the status means.
 */
export function errorBody(status: number, error: Partial<Failure> = {}, requestId?: string): ErrorBody {
  const statusCode = status >= 400 ? status : 500
  const reason = STATUS_CODES[statusCode] ?? 'Error'
  const { code, message } = statusCode >= 500 && statusCode !== 503 ? INTERNAL : error
  const body: ErrorBody = {
    statusCode,
    error: reason,
    message: message ?? reason,
    code: code && !code.startsWith('FST_') ? code : codeOf(reason)
  }
  if (statusCode === 401) body.msg = body.message
  if (error.details) body.details = error.details
  if (statusCode >= 500) body.requestId = requestId
  return body
}

/** Returns the code of an error that has none of its own: NOT_FOUND for "Not Found". */
function codeOf(reason: string): string {
  return reason.toUpperCase().replace(/[^A-Z]+/g, '_')
}

/** Returns text that a client made up, cut and in a form that every JSON parser and database accepts. */
export function printable(text: string): string {
  return text.slice(0, MAX_FIELD).toWellFormed().replaceAll('\0', '\ufffd')
}
