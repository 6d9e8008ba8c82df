// Reads the bodies of forms strictly. @fastify/formbody is not used: it accepts broken encodings and stores something else
// than was sent.

import type { FastifyRequest } from 'fastify'
import { invalidFields } from '../../src/errors.ts'

/** More fields than any page has. */
const MAX_FIELDS = 200

/**
 * Content-type parser for application/x-www-form-urlencoded. Gives each field its text, or a list of texts if it occurs
 * several times. Rejects what is not properly encoded UTF-8, and forms with too many fields. Its cost grows with the size
 * of the body only: it runs before anybody is known to be signed in.
 */
export function readForm(
  _request: FastifyRequest,
  body: Buffer | string,
  done: (error: Error | null, form?: object) => void
) {
  const pairs = body.toString('latin1').split('&', MAX_FIELDS + 1)
  if (pairs.length > MAX_FIELDS) {
    return done(invalidFields([{ field: 'body', message: `must have at most ${MAX_FIELDS} fields` }]))
  }
  const fields: Record<string, string | string[]> = Object.create(null)
  try {
    for (const pair of pairs.filter(Boolean)) {
      if (/[^\x20-\x7e]/.test(pair)) throw new URIError('bytes that must be percent-encoded')
      const [name = '', value = ''] = pair
        .split(/=(.*)/s, 2)
        .map((text) => decodeURIComponent(text.replaceAll('+', ' ')))
      const before = fields[name]
      fields[name] = before === undefined ? value : [before, value].flat()
    }
    done(null, fields)
  } catch {
    done(invalidFields([{ field: 'body', message: 'must be a form in UTF-8' }]))
  }
}
