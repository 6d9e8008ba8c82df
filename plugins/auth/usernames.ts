// The one spelling of each user name.

import { invalidFields } from '../../src/errors.ts'

export const USERNAME_LENGTH = 64

/** Control characters, characters that are displayed as nothing, line separators, and the blank Braille pattern. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/**
 * Returns the spelling under which a name is stored and compared: NFKC, trimmed, lower case (UsernameCaseMapped of
 * RFC 8265). Undefined when it is empty, longer than 64 code points, or contains control or invisible characters.
 */
export function canonicalUsername(typed: string): string | undefined {
  const name = typed.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
  const length = [...name].length
  return length >= 1 && length <= USERNAME_LENGTH && !INVISIBLE.test(name) ? name : undefined
}

/** Like `canonicalUsername`, but throws InvalidInput instead of returning undefined. */
export function requireUsername(typed: string): string {
  const username = canonicalUsername(typed)
  if (username) return username
  throw invalidFields([
    { field: 'username', message: `must have 1 to ${USERNAME_LENGTH} characters, none of them invisible` }
  ])
}
