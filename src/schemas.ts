// The building blocks of all schemas: every format and limit that more than one resource uses. Descriptions and examples
// go into the OpenAPI document.

import { type ObjectOptions, type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'
import { parseDate, parseInstant } from './instants.ts'

const MAX_ID = 2 ** 31 - 1
const MAX_IF_MATCH = 1000

/** UTF-8 bytes. A longer password is rejected before it is hashed. */
export const PASSWORD_MAX_BYTES = 1024

/** The id of a record: an integer from 1 to 2^31 - 1. */
export const Id = Type.Integer({ minimum: 1, maximum: MAX_ID, format: 'int32', examples: [1] })

/** Text of `minLength` to `maxLength` code points. NUL and lone surrogates are rejected: the two engines store them differently. */
export const Text = (maxLength: number, minLength = 0) => Type.String({ minLength, maxLength, format: 'text' })

/** A point in time, to the millisecond: RFC 3339, or without an offset, which means UTC. It is sent as RFC 3339 in UTC. */
export const Instant = Type.String({
  format: 'date-time',
  maxLength: 40,
  description: 'RFC 3339, to the millisecond. Without an offset it is UTC. The server always sends UTC.',
  examples: ['2024-02-29T09:30:00Z']
})

/** A calendar date: YYYY-MM-DD, or a date-time, of which only the date is stored. It is sent as YYYY-MM-DD. */
export const CalendarDate = Type.String({
  format: 'date',
  maxLength: 40,
  description: 'YYYY-MM-DD. Of a date-time, only the date is stored.',
  examples: ['1971-07-30']
})

/** A finite number that a double-precision column stores exactly. */
export const Double = Type.Number({
  minimum: -Number.MAX_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  format: 'double',
  examples: [72.5]
})

/** A whole number that fits a 32-bit integer column. */
export const Integer = Type.Integer({ minimum: -(2 ** 31), maximum: MAX_ID, format: 'int32', examples: [3] })

/** True or false. */
export const Flag = Type.Boolean({ examples: [true] })

/** The value or null, which clears the field. */
export const Nullable = <Schema extends TSchema>(schema: Schema) =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'] }) // an anyOf would be serialized slowly

/** An object with exactly these fields. The `title` in `options` is its name in the OpenAPI document. */
export const Strict = <Fields extends Parameters<typeof Type.Object>[0]>(fields: Fields, options: ObjectOptions = {}) =>
  Type.Object(fields, { ...options, additionalProperties: false })

/** The body of an update: any fields of the body of a creation. Fields that are left out do not change. */
export const Changes = <Body extends TObject>(body: Body) =>
  Type.Partial(body, { additionalProperties: false, title: body.title?.replace(/Body$/, 'Changes') })

/** The path of one record. */
export const RecordPath = Strict({ id: Id })

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** The query of a list: which slice of it, and the filters. */
export const SliceQuery = <Filters extends Parameters<typeof Type.Object>[0]>(filters: Filters) =>
  Strict({
    limit: Type.Integer({
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      format: 'int32',
      description: 'The maximum number of records in this slice of the list.'
    }),
    after: Type.Optional({ ...Id, description: 'The `next` of the previous slice.' }),
    ...filters
  })

/** The records of one slice of a list. */
export const Slice = <Schema extends TSchema>(record: Schema) => Type.Array(record, { maxItems: MAX_LIMIT })

/** The cursor of the next slice. */
export const Next = Nullable({
  ...Id,
  description: 'Send it as `after` to get the next slice. Null in the last slice.'
})

/** The header of a write that must fail if somebody else has changed the record. */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      format: 'text',
      maxLength: MAX_IF_MATCH,
      description: 'The `ETag` that came with the record. If the record has changed since, the response is 412.'
    })
  )
})

/** Matches a content type whose charset is UTF-8. */
export const UTF8 = /;\s*charset\s*=\s*"?utf-?8"?\s*(;|$)/i

/** The content type of every JSON response. */
export const JSON_TYPE = 'application/json; charset=utf-8'

const MAX_WORDS = 1000
const Words = (description: string) => Type.String({ description, format: 'text', maxLength: MAX_WORDS })

/** An error lists at most this many invalid fields, and cuts their names to this many characters. */
export const MAX_DETAILS = 20
export const MAX_FIELD = 200

/** The one shape of every error. */
export const ErrorBody = Type.Object(
  {
    statusCode: Type.Integer({ minimum: 400, maximum: 599, format: 'int32' }),
    error: Words('The name of the status.'),
    message: Words('What is wrong, for a person.'),
    code: Type.String({ description: 'What is wrong, for a program.', pattern: '^[A-Z][A-Z_]*$', maxLength: 100 }),
    msg: Type.Optional(Words('On 401: the same as `message`.')),
    details: Type.Optional(
      Type.Array(
        Type.Object({ field: Words('The path of the field.'), message: Words('What is wrong with the field.') }),
        {
          maxItems: MAX_DETAILS,
          description: 'One entry for each invalid field.'
        }
      )
    ),
    requestId: Type.Optional(
      Type.String({
        format: 'uuid',
        maxLength: 36,
        description: 'On 5xx: the id under which the operator finds the request in the logs.'
      })
    )
  },
  { title: 'Error' }
)
export type ErrorBody = Static<typeof ErrorBody>

/** A sentence that confirms what was done. */
export const Message = Type.Object({ message: Words('What was done.') }, { title: 'Message' })

/** The formats named above, for Ajv. Each checks a value that already has the right JSON type. */
export const formats = {
  text: (text: string) => text.isWellFormed() && !text.includes('\0'),
  'date-time': (text: string) => parseInstant(text) !== undefined,
  date: (text: string) => parseDate(text) !== undefined,
  password: (text: string) =>
    text.isWellFormed() && !text.includes('\0') && Buffer.byteLength(text) <= PASSWORD_MAX_BYTES,
  double: {
    type: 'number' as const,
    // -0 would be sent back as 0.
    validate: (value: number) => !Object.is(value, -0)
  },
  int32: { type: 'number' as const, validate: (value: number) => !Object.is(value, -0) }
}

/** What is wrong with a value that has the wrong format, for the error's `details`. */
export const formatMessages: Record<string, string> = {
  text: 'must not contain NUL or unpaired surrogates',
  'date-time': 'must be an RFC 3339 date-time such as 2024-01-01T11:24:59Z',
  date: 'must be a date that exists, written YYYY-MM-DD',
  password: `must have at most ${PASSWORD_MAX_BYTES} bytes and must not contain NUL or unpaired surrogates`,
  double: 'must not be -0',
  int32: 'must not be -0'
}
