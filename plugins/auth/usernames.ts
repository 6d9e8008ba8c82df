// The one spelling of each user name.

import { and, desc, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { invalidFields } from '../../src/errors.ts'
import { user } from '../../src/tables/account.ts'

export const USERNAME_LENGTH = 64

/** Control characters, characters that are displayed as nothing, line separators, and the blank Braille pattern. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/**
 * Returns the spelling under which a name is stored and compared: NFKC, trimmed, lower case (UsernameCaseMapped of
 * RFC 8265). Undefined when it is empty, longer than 64 code points, or contains control or invisible characters.
 */
export function canonicalUsername(typed: string): string | undefined {
  const name = canonicalText(typed)
  const length = [...name].length
  return length >= 1 && length <= USERNAME_LENGTH && !INVISIBLE.test(name) ? name : undefined
}

/** Returns a text as it would be spelled in a user name. */
function canonicalText(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
}

/** Like `canonicalUsername`, but throws InvalidInput instead of returning undefined. */
export function requireUsername(typed: string): string {
  const username = canonicalUsername(typed)
  if (username) return username
  throw invalidFields([
    { field: 'username', message: `must have 1 to ${USERNAME_LENGTH} characters, none of them invisible` }
  ])
}

/** Returns names of accounts that occur in a password, the longest first. Very short names occur by chance. */
export async function namesIn(db: Database, password: string): Promise<string[]> {
  const text = canonicalText(password.toWellFormed().replaceAll('\0', ''))
  const rows = await db
    .select({ username: user.username })
    .from(user)
    .where(and(sql`length(${user.username}) > 2`, sql`replace(${text}, ${user.username}, '') <> ${text}`))
    .orderBy(desc(sql`length(${user.username})`))
    .limit(20)
  return rows.map(({ username }) => username)
}
