// Tokens that this server did not issue.

import { createHmac } from 'node:crypto'
import type { Claims } from '../support/tokens.ts'

/** Returns a part of a token: a text as it is, anything else as JSON. */
export function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

/** Returns a token signed with HMAC. Without further arguments, it is signed as the server signs its own. */
export function forge(
  claims: unknown,
  key: string,
  header: Claims = { alg: 'HS256', typ: 'JWT' },
  digest = 'sha256'
): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${createHmac(digest, key).update(input).digest('base64url')}`
}

/** Returns a token without a signature. */
export function unsigned(claims: Claims, alg: unknown): string {
  return `${encode({ alg, typ: 'JWT' })}.${encode(claims)}.`
}
