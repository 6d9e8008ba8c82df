// The answers of the API in its document: what each status means, and what comes with it.

import { STATUS_CODES } from 'node:http'
import type { TSchema } from '@sinclair/typebox'
import {
  BadCredentials,
  BadRequest,
  codeOf,
  Exists,
  type FieldError,
  Forbidden,
  InUse,
  invalidFields,
  NotFound,
  PreconditionFailed,
  TokenExpired,
  TokenInvalid,
  TokenMalformed,
  TokenMissing,
  TokenRevoked,
  TokenWrongType,
  TooManyFailures,
  Unavailable,
  UnsupportedMedia,
  UriTooLong,
  WrongPassword
} from './errors.ts'
import { type Components, content, type JsonObject, reference } from './openapi-schemas.ts'
import { ErrorBody } from './schemas.ts'

/** Headers that tell more of an answer. */
const headers = {
  ETag: header('The version of the record, for If-Match.', '^"[0-9]+"$'),
  Location: header('The address of the new record.', '^/'),
  'Retry-After': header('When to try again, in seconds.', '^[0-9]+$'),
  'WWW-Authenticate': header('RFC 6750, section 3.', '^Bearer')
}

function header(description: string, pattern: string): JsonObject {
  return { description, schema: { type: 'string', maxLength: 200, pattern } }
}

type Failure = Error & { code?: string; details?: FieldError[] }

/** What the errors mean, and such as the server answers with. */
const ERRORS: Record<string, [meaning: string, ...examples: Failure[]]> = {
  400: [
    'The request is wrong; `details` names the fields.',
    invalidFields([{ field: 'name', message: 'is required' }]),
    new BadRequest('The address is not well-formed')
  ],
  401: [
    'There is no token, or not one that is taken (any more); or the name or password is wrong.',
    new TokenExpired(),
    new TokenRevoked(),
    new TokenMissing(),
    new TokenMalformed(),
    new TokenInvalid('signature'),
    new TokenWrongType('access'),
    new BadCredentials()
  ],
  403: [
    'The caller may not do this: a role is missing, or the old password is wrong.',
    new Forbidden(),
    new WrongPassword()
  ],
  404: ['There is no such record.', new NotFound('Record')],
  409: ['It clashes with other records: they refer to this one, or there is one like it.', new InUse(), new Exists()],
  412: ['The record is no longer in the version that If-Match names; nothing was changed.', new PreconditionFailed()],
  413: ['The body has more than 100 kB.', new Error('Request body is too large')],
  414: ['A part of the path has more than 100 characters.', new UriTooLong()],
  415: ['The body is not plain JSON in UTF-8.', new UnsupportedMedia('Only the charset utf-8 is supported')],
  429: ['Too many wrong passwords for this account; wait as long as Retry-After says.', new TooManyFailures()],
  500: [
    'A failure of ours. The operator finds it in the log by the `requestId`.',
    Object.assign(new Error('Something went wrong on our side'), { code: 'INTERNAL_ERROR' })
  ],
  503: ['The server cannot do this now; try again as Retry-After says. A write may have been done.', new Unavailable()]
}

/** What a success means. */
const SUCCESSES: Record<string, string> = { 200: 'Success.', 201: 'The record was added.' }

/** An answer: of a status, by a schema; one that gives a record tells its version. Errors are told once for all. */
export function answer(status: string, schema: TSchema, isRecord: boolean, components: Components): JsonObject {
  if (schema === ErrorBody) return { $ref: failure(status, components) }
  const isAdded = status === '201'
  return {
    description: SUCCESSES[status] ?? STATUS_CODES[status] ?? status,
    ...((isAdded || (isRecord && status === '200')) && {
      headers: { ...(isAdded && { Location: headers.Location }), ETag: headers.ETag }
    }),
    ...(schema.type !== 'null' && { content: content(schema, components) })
  }
}

/** Where the answer of an error status is described. */
function failure(status: string, components: Components): string {
  const text = STATUS_CODES[status] ?? status
  const name = text.replace(/[^A-Za-z]/g, '')
  const [meaning, ...examples] = ERRORS[status] ?? [text, new Error(text)]
  components.responses[name] ??= {
    description: meaning,
    ...(status === '401' && { headers: { 'WWW-Authenticate': headers['WWW-Authenticate'] } }),
    ...(/429|503/.test(status) && { headers: { 'Retry-After': headers['Retry-After'] } }),
    content: {
      'application/json': {
        schema: reference(ErrorBody, components),
        examples: Object.fromEntries(
          examples.map((error) => {
            const value = exampleError(Number(status), error)
            return [value.code, { value }]
          })
        )
      }
    }
  }
  return `#/components/responses/${name}`
}

// As plugins/errors.ts writes it.
function exampleError(statusCode: number, { message, code = codeOf(statusCode), details }: Failure) {
  return {
    statusCode,
    error: STATUS_CODES[statusCode] ?? '',
    message,
    code,
    ...(statusCode === 401 && { msg: message }),
    ...(details && { details: details.map(({ field, message }) => ({ field, message })) }),
    ...(statusCode >= 500 && { requestId: '0b6c7a56-5cf8-4d8f-a1f0-6b8f1c2d3e4f' })
  }
}
