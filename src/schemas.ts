// The building blocks of all schemas: every format and limit that more than one resource uses. Descriptions and examples
// go into the OpenAPI document.

import { type ObjectOptions, type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'

/** The largest id that a record can have. */
export const MAX_ID = 2 ** 31 - 1
const MAX_IF_MATCH = 1000

/** The id of a record: an integer from 1 to 2^31 - 1. */
export const Id = Type.Integer({ minimum: 1, maximum: MAX_ID, format: 'int32', examples: [1] })

/** Text of `minLength` to `maxLength` code points. NUL and lone surrogates are rejected: the two engines store them differently. */
export const Text = (maxLength: number, minLength = 0) => Type.String({ minLength, maxLength, format: 'text' })

/** A point in time as it is sent: RFC 3339 in UTC, to the millisecond. */
export const Instant = Type.String({
  format: 'date-time',
  maxLength: 40,
  description: 'RFC 3339 in UTC, to the millisecond.',
  examples: ['2024-02-29T09:30:00Z']
})

/** A point in time as it is accepted: RFC 3339, or without an offset, which means UTC. */
export const AnyInstant = Type.String({
  format: 'any-date-time',
  maxLength: 40,
  description: 'RFC 3339, or without an offset, which means UTC. Stored to the millisecond.',
  examples: ['2024-02-29T09:30:00Z']
})

/** A calendar date as it is sent: YYYY-MM-DD. */
export const CalendarDate = Type.String({
  format: 'date',
  maxLength: 40,
  description: 'YYYY-MM-DD.',
  examples: ['1971-07-30']
})

/** A calendar date as it is accepted: YYYY-MM-DD, or a date-time, of which only the date is stored. */
export const AnyDate = Type.String({
  format: 'any-date',
  maxLength: 40,
  description: 'YYYY-MM-DD, or a date-time, of which only the date is stored.',
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

/** The value or null, which clears the field. It has no title: that is the name of the schema without null. */
export const Nullable = <Schema extends TSchema>({ title: _, ...schema }: Schema) =>
  Type.Unsafe<Static<Schema> | null>({
    ...schema,
    type: [schema.type, 'null'], // an anyOf would be serialized slowly
    ...(schema.enum && { enum: [...schema.enum, null] })
  })

/** An object with exactly these fields. The `title` in `options` is its name in the OpenAPI document. */
export const Strict = <Fields extends Parameters<typeof Type.Object>[0]>(fields: Fields, options: ObjectOptions = {}) =>
  Type.Object(fields, { ...options, additionalProperties: false })

/**
 * The body of an update: any fields of the body of a creation. Fields that are left out do not change. The other fields of
 * the record may be sent as they were read: `changesIn` checks that.
 */
export const Changes = <Body extends TObject>(body: Body, record: TObject) => {
  const fixed = Object.keys(record.properties).filter((name) => !(name in body.properties))
  const unchanged = fixed.map((name) => [name, Type.Unknown({ description: 'Optional, but only as it was read.' })])
  const title = body.title?.replace(/Body$/, 'Changes')
  return Type.Unsafe<Partial<Static<Body>>>(
    Type.Partial(Type.Object({ ...body.properties, ...Object.fromEntries(unchanged) }), {
      additionalProperties: false,
      examples: body.examples,
      title
    })
  )
}

/** The path of one record. */
export const RecordPath = Strict({ id: Id })

/** The header of a write that must fail if somebody else has changed the record. */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      format: 'text',
      maxLength: MAX_IF_MATCH,
      description: 'The `ETag` that came with the record. If the record has changed since, the response is 412.',
      examples: ['*']
    })
  )
})

/** The header of a creation that a client may repeat. */
export const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      format: 'idempotency-key',
      maxLength: 257,
      description:
        'A text that you make up, such as a UUID. A request with the same key and body, within 24 hours, gets the first response again and creates nothing.'
    })
  )
})

/** Matches a content type whose charset is UTF-8. */
export const UTF8 = /;\s*charset\s*=\s*"?utf-?8"?\s*(;|$)/i

/** The content type of every JSON response. */
export const JSON_TYPE = 'application/json; charset=utf-8'

/** The content types of the body of a PATCH. A merge patch (RFC 7396) of fields that are no objects is the JSON that we take. */
export const PATCH_TYPES = ['application/json', 'application/merge-patch+json']

const MAX_WORDS = 1000
const Words = (description: string) => Type.String({ description, format: 'text', maxLength: MAX_WORDS })

/** One request can add at most this many records. */
export const MAX_BATCH = 1000

/** An error lists at most this many invalid fields of a record, and cuts their names to this many characters. */
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
          maxItems: MAX_BATCH,
          description:
            'One entry for each invalid field, or for each field whose value already exists. Of many records sent together, one for each wrong record.'
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
  { title: 'ErrorBody' }
)
export type ErrorBody = Static<typeof ErrorBody>

/** A sentence that confirms what was done. */
export const Message = Type.Object({ message: Words('What was done.') }, { title: 'Message' })
