// The pieces the schemas of all resources are made of. A format or a limit that more than one resource knows stands here.

import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'
import { parseDate, parseInstant } from './instants.ts'

const MAX_ID = 2 ** 31 - 1

/** UTF-8 bytes of a password; what is longer is refused before it is hashed. */
export const PASSWORD_MAX_BYTES = 1024

/** The id of a record: an integer from 1 to 2^31 - 1. */
export const Id = Type.Integer({ minimum: 1, maximum: MAX_ID })

/** Text of `minLength` to `maxLength` code points, without NUL and without lone surrogates, which no engine keeps alike. */
export const Text = (maxLength: number, minLength = 0) => Type.String({ minLength, maxLength, format: 'text' })

/** A point in time: RFC 3339, or without offset, then read as UTC; to the millisecond. Leaves as RFC 3339 in UTC. */
export const Instant = Type.String({ format: 'instant' })

/** A calendar date. Takes YYYY-MM-DD or a date-time whose date is kept; leaves as YYYY-MM-DD. */
export const CalendarDate = Type.String({ format: 'calendar-date' })

/** A finite number that a double-precision column gives back unchanged. */
export const Double = Type.Number({ format: 'double' })

/** A whole number that a 32-bit integer column holds. */
export const Integer = Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1, format: 'integer' })

/** True or false. */
export const Flag = Type.Boolean()

/** The value or null, which clears the field. */
export const Nullable = <Schema extends TSchema>(schema: Schema) =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'] }) // an anyOf would be serialized slowly

/** An object that takes exactly these fields. */
export const Strict = <Fields extends Parameters<typeof Type.Object>[0]>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false })

/** What an update takes: any of the fields a creation takes; those left out stay as they are. */
export const Changes = <Body extends TObject>(body: Body) => Type.Partial(body, { additionalProperties: false })

/** The path of one record. */
export const RecordPath = Strict({ id: Id })

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** The query of a list: one page of it, after the record `after`, and the filters given. */
export const PageQuery = <Filters extends Parameters<typeof Type.Object>[0]>(filters: Filters) =>
  Strict({
    limit: Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }),
    after: Type.Optional(Id),
    ...filters
  })

/** `next` of a page: what to send as `after` for the following page, or null on the last. */
export const Next = Nullable(Id)

/** A content type that says its charset is UTF-8. */
export const UTF8 = /;\s*charset\s*=\s*"?utf-?8"?\s*(;|$)/i

/** The content type of every JSON answer. */
export const JSON_TYPE = 'application/json; charset=utf-8'

/** The one shape of every error. */
export const ErrorBody = Type.Object({
  statusCode: Type.Integer(),
  error: Type.String(),
  message: Type.String(),
  code: Type.String(),
  msg: Type.Optional(Type.String()),
  details: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  requestId: Type.Optional(Type.String())
})
export type ErrorBody = Static<typeof ErrorBody>

/** A confirmation in a sentence. */
export const Message = Type.Object({ message: Type.String() })

/** The formats named above, for Ajv. Each says whether a value of the right JSON type is acceptable. */
export const formats = {
  text: (text: string) => text.isWellFormed() && !text.includes('\0'),
  instant: (text: string) => parseInstant(text) !== undefined,
  'calendar-date': (text: string) => parseDate(text) !== undefined,
  password: (text: string) =>
    text.isWellFormed() && !text.includes('\0') && Buffer.byteLength(text) <= PASSWORD_MAX_BYTES,
  double: {
    type: 'number' as const,
    // -0 leaves as 0, and an integer beyond 2^53 has already lost digits when it is parsed.
    validate: (value: number) => !Object.is(value, -0) && Math.abs(value) <= Number.MAX_SAFE_INTEGER
  },
  integer: { type: 'number' as const, validate: (value: number) => !Object.is(value, -0) }
}

/** What is wrong with a value that fails a format, for the error's `details`. */
export const formatMessages: Record<string, string> = {
  text: 'must not contain NUL or unpaired surrogates',
  instant: 'must be an RFC 3339 date-time such as 2024-01-01T11:24:59Z',
  'calendar-date': 'must be a date that exists, written YYYY-MM-DD',
  password: `must have at most ${PASSWORD_MAX_BYTES} bytes, and no NUL or unpaired surrogate`,
  double: 'must be a number of at most 2^53 - 1 in size, and not -0',
  integer: 'must not be -0'
}
