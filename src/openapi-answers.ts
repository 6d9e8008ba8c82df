// The answers of the API in its document: what each status means, and what comes with it.

import { STATUS_CODES } from 'node:http'
import type { TSchema } from '@sinclair/typebox'
import {
  codeOf,
  type FieldError,
  Forbidden,
  InUse,
  invalidFields,
  NotFound,
  PreconditionFailed,
  TokenExpired,
  TooManyFailures,
  Unavailable,
  UnsupportedMedia
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

/** What the errors mean, with one of each as an example where the server has them by name. */
const ERRORS: Record<number, [meaning: string, example?: Failure]> = {
  400: [
    'The request is wrong; `details` names the fields.',
    invalidFields([{ field: 'name', message: 'is required' }])
  ],
  401: [
    'There is no token, or not one that is taken (any more); or the name or password is wrong.',
    new TokenExpired()
  ],
  403: ['The caller may not do this: a role is missing, or the old password is wrong.', new Forbidden()],
  404: ['There is no such record.', new NotFound('Record')],
  409: ['It clashes with other records: they refer to this one, or there is one like it.', new InUse()],
  412: ['The record is no longer in the version that If-Match names; nothing was changed.', new PreconditionFailed()],
  413: ['The body has more than 100 kB.'],
  414: ['A part of the path has more than 100 characters.'],
  415: ['The body is not plain JSON in UTF-8.', new UnsupportedMedia('Only the charset utf-8 is supported')],
  429: ['Too many wrong passwords for this account; wait as long as Retry-After says.', new TooManyFailures()],
  500: [
    'A failure of ours. The operator finds it in the log by the `requestId`.',
    Object.assign(new Error('Something went wrong on our side'), { code: 'INTERNAL_ERROR' })
  ],
  503: ['The server cannot do this now; try again as Retry-After says. A write may have been done.', new Unavailable()]
}

/** What a success means. */
const SUCCESSES: Record<number, string> = { 200: 'It is done; this is the answer.', 201: 'The record was added.' }

/** The answer of a route by `method`, with or without path parameters, of a status; errors are told once for all. */
export function answer(
  status: number,
  schema: TSchema,
  method: string,
  params: unknown,
  components: Components
): JsonObject {
  if (status >= 400) return { $ref: failure(status, components) }
  const isRecord = status === 201 || (params !== undefined && method !== 'DELETE')
  return {
    description: SUCCESSES[status] ?? STATUS_CODES[status] ?? '',
    ...(isRecord && { headers: { ...(status === 201 && { Location: headers.Location }), ETag: headers.ETag } }),
    content: content(schema, components)
  }
}

/** Where the answer of an error status is described, once for all routes. */
function failure(status: number, components: Components): string {
  const text = STATUS_CODES[status] ?? ''
  const name = text.replace(/[^A-Za-z]/g, '')
  const [meaning = text, error] = ERRORS[status] ?? []
  const message = error?.message ?? text
  components.responses[name] ??= {
    description: meaning,
    ...(status === 401 && { headers: { 'WWW-Authenticate': headers['WWW-Authenticate'] } }),
    ...((status === 429 || status === 503) && { headers: { 'Retry-After': headers['Retry-After'] } }),
    content: {
      'application/json': {
        schema: reference(ErrorBody, components),
        example: {
          statusCode: status,
          error: text,
          message,
          code: error?.code ?? codeOf(status),
          ...(status === 401 && { msg: message }),
          ...(error?.details && { details: error.details.map(({ ...detail }) => detail) }),
          ...(status >= 500 && { requestId: '0b6c7a56-5cf8-4d8f-a1f0-6b8f1c2d3e4f' })
        }
      }
    }
  }
  return `#/components/responses/${name}`
}
