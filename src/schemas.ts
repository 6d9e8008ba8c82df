// The pieces the schemas of all resources are made of. A format or a limit that more than one resource knows stands here.
// What is written here is also what the API's document (OpenAPI) tells of it.

import { type ObjectOptions, type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'
import { parseDate, parseInstant } from './instants.ts'

const MAX_ID = 2 ** 31 - 1
const MAX_IF_MATCH = 1000

/** UTF-8 bytes of a password; what is longer is refused before it is hashed. */
export const PASSWORD_MAX_BYTES = 1024

/** The id of a record: an integer from 1 to 2^31 - 1. */
export const Id = Type.Integer({ minimum: 1, maximum: MAX_ID, format: 'int32', examples: [1] })

/** Text of `minLength` to `maxLength` code points, without NUL and without lone surrogates, which no engine keeps alike. */
export const Text = (maxLength: number, minLength = 0) => Type.String({ minLength, maxLength, format: 'text' })

/** A point in time: RFC 3339, or without offset, then read as UTC; to the millisecond. Leaves as RFC 3339 in UTC. */
export const Instant = Type.String({
  format: 'date-time',
  maxLength: 40,
  description: 'RFC 3339, to the millisecond; without offset it is read as UTC. Leaves in UTC.',
  examples: ['2024-02-29T09:30:00Z']
})

/** A calendar date. Takes YYYY-MM-DD or a date-time whose date is kept; leaves as YYYY-MM-DD. */
export const CalendarDate = Type.String({
  format: 'date',
  maxLength: 40,
  description: 'YYYY-MM-DD; of a date-time the date part is kept.',
  examples: ['1971-07-30']
})

/** A finite number that a double-precision column gives back unchanged. */
export const Double = Type.Number({
  minimum: -Number.MAX_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  format: 'double',
  examples: [72.5]
})

/** A whole number that a 32-bit integer column holds. */
export const Integer = Type.Integer({ minimum: -(2 ** 31), maximum: MAX_ID, format: 'int32', examples: [3] })

/** True or false. */
export const Flag = Type.Boolean({ examples: [true] })

/** The value or null, which clears the field. */
export const Nullable = <Schema extends TSchema>(schema: Schema) =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'] }) // an anyOf would be serialized slowly

/** An object that takes exactly these fields. The `title` in `options` is its name in the API's document. */
export const Strict = <Fields extends Parameters<typeof Type.Object>[0]>(fields: Fields, options: ObjectOptions = {}) =>
  Type.Object(fields, { ...options, additionalProperties: false })

/** What an update takes: any of the fields a creation takes; those left out stay as they are. */
export const Changes = <Body extends TObject>(body: Body) =>
  Type.Partial(body, { additionalProperties: false, title: body.title?.replace(/Body$/, 'Changes') })

/** The path of one record. */
export const RecordPath = Strict({ id: Id })

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** The query of a list: one page of it, after the record `after`, and the filters given. */
export const PageQuery = <Filters extends Parameters<typeof Type.Object>[0]>(filters: Filters) =>
  Strict({
    limit: Type.Integer({
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      format: 'int32',
      description: 'The most records that the page may have.'
    }),
    after: Type.Optional({ ...Id, description: 'The `next` of the page before this one.' }),
    ...filters
  })

/** The records of a page. */
export const Page = <Schema extends TSchema>(record: Schema) => Type.Array(record, { maxItems: MAX_LIMIT })

/** `next` of a page. */
export const Next = Nullable({
  ...Id,
  description: 'What to send as `after` for the following page; null on the last.'
})

/** The header of a write that is to fail when somebody else has changed the record. */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      format: 'text',
      maxLength: MAX_IF_MATCH,
      description: 'The `ETag` of the record as it was read: 412 if it has changed since.'
    })
  )
})

/** A content type that says its charset is UTF-8. */
export const UTF8 = /;\s*charset\s*=\s*"?utf-?8"?\s*(;|$)/i

/** The content type of every JSON answer. */
export const JSON_TYPE = 'application/json; charset=utf-8'

const MAX_WORDS = 1000
const Words = (description: string) => Type.String({ description, format: 'text', maxLength: MAX_WORDS })

/** At most this many wrong fields are told of, each by a name of at most so many characters. */
export const MAX_DETAILS = 20
export const MAX_FIELD = 200

/** The one shape of every error. */
export const ErrorBody = Type.Object(
  {
    statusCode: Type.Integer({ minimum: 400, maximum: 599, format: 'int32' }),
    error: Words('The status in words.'),
    message: Words('What is wrong, for people.'),
    code: Type.String({ description: 'What is wrong, for programs.', pattern: '^[A-Z][A-Z_]*$', maxLength: 100 }),
    msg: Type.Optional(Words('On 401: the message once more.')),
    details: Type.Optional(
      Type.Array(Type.Object({ field: Words('Its path.'), message: Words('What is wrong with it.') }), {
        maxItems: MAX_DETAILS,
        description: 'An entry for each wrong field.'
      })
    ),
    requestId: Type.Optional(
      Type.String({ format: 'uuid', maxLength: 36, description: 'On 5xx: what to ask the operator about.' })
    )
  },
  { title: 'Error' }
)
export type ErrorBody = Static<typeof ErrorBody>

/** A confirmation in a sentence. */
export const Message = Type.Object({ message: Words('What was done.') }, { title: 'Message' })

/** The formats named above, for Ajv. Each says whether a value of the right JSON type is acceptable. */
export const formats = {
  text: (text: string) => text.isWellFormed() && !text.includes('\0'),
  'date-time': (text: string) => parseInstant(text) !== undefined,
  date: (text: string) => parseDate(text) !== undefined,
  password: (text: string) =>
    text.isWellFormed() && !text.includes('\0') && Buffer.byteLength(text) <= PASSWORD_MAX_BYTES,
  double: {
    type: 'number' as const,
    // -0 leaves as 0; an integer beyond 2^53, which the limits refuse, has already lost digits when it is parsed.
    validate: (value: number) => !Object.is(value, -0)
  },
  int32: { type: 'number' as const, validate: (value: number) => !Object.is(value, -0) }
}

/** What is wrong with a value that fails a format, for the error's `details`. */
export const formatMessages: Record<string, string> = {
  text: 'must not contain NUL or unpaired surrogates',
  'date-time': 'must be an RFC 3339 date-time such as 2024-01-01T11:24:59Z',
  date: 'must be a date that exists, written YYYY-MM-DD',
  password: `must have at most ${PASSWORD_MAX_BYTES} bytes, and no NUL or unpaired surrogate`,
  double: 'must not be -0',
  int32: 'must not be -0'
}
