// The formats of the schemas: what a text or a number must be besides its type.

import { parseDate, parseInstant } from './instants.ts'
import { isCursor } from './list-cursors.ts'

/** UTF-8 bytes. A longer password is rejected before it is hashed. */
export const PASSWORD_MAX_BYTES = 1024

/** As HTML defines it: what mail systems accept in practice, which is less than RFC 5321 allows. */
const EMAIL =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/i

/** The formats, for Ajv. Each checks a value that already has the right JSON type. */
export const formats = {
  text: (text: string) => text.isWellFormed() && !text.includes('\0'),
  'date-time': (text: string) => parseInstant(text) !== undefined,
  'any-date-time': (text: string) => parseInstant(text) !== undefined,
  date: (text: string) => parseDate(text) !== undefined,
  'any-date': (text: string) => parseDate(text) !== undefined,
  email: (text: string) => EMAIL.test(text),
  uri: (text: string) => /^https?:\/\/[!-~]+$/i.test(text) && URL.canParse(text),
  cursor: isCursor,
  'idempotency-key': (text: string) => /^("[!#-~]{1,255}"|[!#-~]{1,255})$/.test(text),
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
  'any-date-time': 'must be an RFC 3339 date-time such as 2024-01-01T11:24:59Z',
  date: 'must be a date that exists, written YYYY-MM-DD',
  'any-date': 'must be a date that exists, written YYYY-MM-DD',
  email: 'must be an e-mail address such as ada@example.org',
  uri: 'must be an address that begins with http:// or https://',
  cursor: 'must be the `next` of a slice',
  'idempotency-key': 'must be 1 to 255 visible ASCII characters, which may stand in double quotes',
  password: `must have at most ${PASSWORD_MAX_BYTES} bytes and must not contain NUL or unpaired surrogates`,
  double: 'must not be -0',
  int32: 'must not be -0'
}

/**
 * Our own formats as patterns. Other programs know only registered formats (https://spec.openapis.org/registry/format), and
 * some stop at others.
 */
export const PATTERNS: Record<string, string> = {
  text: '^[^\\u0000]*$',
  'any-date-time': '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d',
  'any-date': '^\\d{4}-\\d\\d-\\d\\d',
  cursor: '^([1-9][0-9]{0,9}|Wy[A-Za-z0-9_-]+)$',
  'idempotency-key': '^("[!#-~]{1,255}"|[!#-~]{1,255})$'
}
