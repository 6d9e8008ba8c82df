// Every failure this server answers on purpose. Code that cannot go on throws one; plugins/errors.ts makes the body.

import { STATUS_CODES } from 'node:http'
import createError from '@fastify/error'

export interface FieldError {
  field: string
  message: string
}

/** 400 naming the fields at fault. */
export const InvalidInput = createError<[string]>('INVALID_INPUT', '%s', 400)
/** 400 for a request that breaks HTTP or its encoding. */
export const BadRequest = createError<[string]>('BAD_REQUEST', '%s', 400)

/** The 401s. Their texts are part of the contract: clients tell an expired token by its `msg`. */
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
/** 403 for a form of the pages that they did not make, or not for this session. */
export const FormRefused = createError(
  'FORM_REFUSED',
  'This form has expired, or was not sent from these pages. Load its page again and send it once more',
  403
)
export const RoleMissing = createError('ROLE_MISSING', 'This account may not sign in here', 403)
export const OwnAccount = createError<[string]>('OWN_ACCOUNT', 'You cannot %s your own account', 409)
export const WrongPassword = createError('WRONG_PASSWORD', 'The old password is not right', 403)
export const NotFound = createError<[string]>('NOT_FOUND', '%s not found', 404)
export const MethodNotAllowed = createError<[string]>('METHOD_NOT_ALLOWED', '%s is not allowed here', 405)
export const Exists = createError('ALREADY_EXISTS', 'Such a record already exists', 409)
export const InUse = createError('IN_USE', 'Other records refer to this one', 409)
export const FixedRole = createError('FIXED_ROLE', 'The server itself, or a route of it, needs this role', 409)
export const RoleInUse = createError('ROLE_IN_USE', 'Users hold this role', 409)
/** 409 for a change that would leave nobody to administer the server. */
export const LastAdministrator = createError('LAST_ADMINISTRATOR', 'The last enabled administrator must stay', 409)
/** 409 for a token that its holder, or its reuse, has ended: an administrator's block alone can be taken back. */
export const TokenNotUnblockable = createError(
  'TOKEN_NOT_UNBLOCKABLE',
  'Only a token that an administrator has blocked can be unblocked',
  409
)
export const PreconditionFailed = createError('PRECONDITION_FAILED', 'The record has changed since it was read', 412)
export const UriTooLong = createError('URI_TOO_LONG', 'A part of the address is too long', 414)
export const UnsupportedMedia = createError<[string]>('UNSUPPORTED_MEDIA_TYPE', '%s', 415)
export const TooManyFailures = createError(
  'TOO_MANY_FAILURES',
  'Too many failed logins for this account; try again later',
  429
)
export const Unavailable = createError('UNAVAILABLE', 'The server cannot do this now; try again', 503)

/** The code of an error that is told by its HTTP status only, such as NOT_FOUND. */
export function codeOf(statusCode: number): string {
  return (STATUS_CODES[statusCode] ?? 'ERROR').toUpperCase().replace(/[^A-Z]+/g, '_')
}

/** A 400 with one entry per wrong field in `details`; its message tells the first. */
export function invalidFields(details: [FieldError, ...FieldError[]]): Error {
  const [first] = details
  return Object.assign(new InvalidInput(`${first.field} ${first.message}`), { details })
}
