// The schemas of fields that are more than a type: a choice, a range, an address.

import { Type } from '@sinclair/typebox'
import { Double, Integer, MAX_ID } from './schemas.ts'

/** One of these texts. A body with another one gets a 400 that lists them. */
export const Choice = <Value extends string>(...values: [Value, ...Value[]]) =>
  Type.Unsafe<Value>({ type: 'string', enum: values, examples: values.slice(0, 1) })

/** A whole number of at least `minimum`, and at most `maximum`. */
export const IntegerFrom = (minimum: number, maximum = MAX_ID) => ({
  ...Integer,
  minimum,
  maximum,
  examples: [minimum]
})

/** A number of at least `minimum`, and at most `maximum`. */
export const DoubleFrom = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) => ({
  ...Double,
  minimum,
  maximum,
  examples: [minimum]
})

/** The address of a mailbox, of at most the length that SMTP can deliver to (RFC 5321 §4.5.3.1.3). */
export const Email = Type.String({ format: 'email', maxLength: 254, examples: ['ada@example.org'] })

/** The address of a page: http or https, so that it can be shown as a link. */
export const Url = Type.String({ format: 'uri', maxLength: 2000, examples: ['https://example.org/'] })
