// The responses of the API in its document: what each status means, and which headers come with it.

import type { TSchema } from '@sinclair/typebox'
import {
  alreadyExists,
  BadCredentials,
  BadRequest,
  errorBody,
  type Failure,
  Forbidden,
  InUse,
  invalidFields,
  KeyInUse,
  KeyReused,
  NotFound,
  PreconditionFailed,
  STATUS_CODES,
  TokenExpired,
  TokenInvalid,
  TokenMalformed,
  TokenMissing,
  TokenRevoked,
  TokenWrongType,
  TooLarge,
  TooManyFailures,
  TooManyRequests,
  Unavailable,
  UnsupportedMedia,
  UriTooLong,
  WrongPassword
} from '../../src/errors.ts'
import { ErrorBody } from '../../src/schemas.ts'
import { type Components, content, type JsonObject, reference } from './json-schema.ts'

/** The headers of responses. */
const headers = {
  ETag: header(
    'The version of the record, and a fingerprint of it if it shows other records. Send it as If-Match or If-None-Match.',
    '^"[0-9]+(-[0-9A-Za-z_-]+)?"$'
  ),
  Location: header('The address of the new record.', '^/'),
  RateLimit: {
    ...header(
      'For each limit of the address that is nearly reached: what is left, and the seconds until it is whole.',
      '^"[a-z]+";r='
    ),
    required: false
  },
  'RateLimit-Policy': { ...header('Those limits, and their windows in seconds.', '^"[a-z]+";q='), required: false },
  'Retry-After': header('The seconds to wait before the next try.', '^[0-9]+$'),
  'WWW-Authenticate': header('RFC 6750, section 3.', '^Bearer')
}

function header(description: string, pattern: string): JsonObject {
  return { description, schema: { type: 'string', maxLength: 200, pattern } }
}

/** What each error status means, with examples that the server sends. */
const ERRORS: Record<string, [meaning: string, ...examples: Failure[]]> = {
  400: [
    'The request is invalid. `details` names the fields.',
    invalidFields([{ field: 'name', message: 'is required' }]),
    new BadRequest('The address is not well-formed')
  ],
  401: [
    'The token is missing, invalid, expired or revoked; at login, the name or password is wrong.',
    new TokenExpired(),
    new TokenRevoked(),
    new TokenMissing(),
    new TokenMalformed(),
    new TokenInvalid('its signature is wrong'),
    new TokenWrongType('access'),
    new BadCredentials()
  ],
  403: ['The caller lacks a role, or the old password is wrong.', new Forbidden(), new WrongPassword()],
  404: ['The record does not exist.', new NotFound('Record')],
  409: [
    'Other records refer to this one, a record with the same values already exists (`details` names the fields), or a request with the same Idempotency-Key is still running.',
    new InUse(),
    alreadyExists(['name']),
    new KeyInUse()
  ],
  412: ['The record no longer has the version in If-Match. Nothing was changed.', new PreconditionFailed()],
  413: ['The body is larger than 100 kB, or 1 MB where many records are sent.', new TooLarge('100 kB')],
  414: ['A part of the path is longer than 100 characters.', new UriTooLong()],
  415: [
    'The body is not JSON in UTF-8, or not of a media type that the operation takes.',
    new UnsupportedMedia('The content type "text/plain" is not supported. Send application/json')
  ],
  422: ['The Idempotency-Key was already used with another body.', new KeyReused()],
  429: [
    'Too many requests from this address, or too many wrong passwords for this account. Wait as long as Retry-After says.',
    new TooManyRequests(),
    new TooManyFailures()
  ],
  500: ['The server failed. The operator finds the reason in the log, by the `requestId`.', new Error()],
  503: [
    'The server cannot do this now. Retry as Retry-After says. A write may have been done nevertheless.',
    new Unavailable()
  ]
}

/** What a success means. */
const SUCCESSES: Record<string, string> = {
  200: 'Success.',
  201: 'The record was added.',
  304: 'The record is as the client has it.'
}

const REQUEST_ID = '0b6c7a56-5cf8-4d8f-a1f0-6b8f1c2d3e4f'

/** Returns the response of a status with this schema. Errors are described once, in `components.responses`. */
export function describeResponse(
  status: string,
  schema: TSchema,
  isRecord: boolean,
  components: Components
): JsonObject {
  if (schema === ErrorBody) return { $ref: failure(status, components) }
  const isAdded = status === '201' && 'id' in (schema.properties ?? {})
  return {
    description: SUCCESSES[status] ?? STATUS_CODES[status] ?? status,
    ...((isAdded || (isRecord && /^(200|304)$/.test(status))) && {
      headers: { ...(isAdded && { Location: headers.Location }), ETag: headers.ETag }
    }),
    ...(schema.type !== 'null' && { content: content(schema, components) })
  }
}

/** Returns the reference to the description of an error status. */
function failure(status: string, components: Components): string {
  const text = STATUS_CODES[status] ?? status
  const name = text.replace(/[^A-Za-z]/g, '')
  const [meaning, ...examples] = ERRORS[status] ?? [text, new Error(text)]
  components.responses[name] ??= {
    description: meaning,
    ...(status === '401' && { headers: { 'WWW-Authenticate': headers['WWW-Authenticate'] } }),
    ...(status === '503' && { headers: { 'Retry-After': headers['Retry-After'] } }),
    ...(status === '429' && {
      headers: {
        'Retry-After': headers['Retry-After'],
        RateLimit: headers.RateLimit,
        'RateLimit-Policy': headers['RateLimit-Policy']
      }
    }),
    content: {
      'application/json': {
        schema: reference(ErrorBody, components),
        examples: Object.fromEntries(
          examples.map((error) => {
            const value = errorBody(Number(status), error, REQUEST_ID)
            return [value.code, { value }]
          })
        )
      }
    }
  }
  return `#/components/responses/${name}`
}
