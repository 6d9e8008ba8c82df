// The list of accounts, in slices, so that thousands can be shown.

import { and, asc, desc, gt, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { user } from '../../src/tables/account.ts'
import { type Account, accountFields, toAccount } from '../auth/account-rows.ts'

/** Which slice: of the names that contain `search`, those right after `after` or right before `before`. */
export interface AccountSlice {
  search?: string
  after?: string
  before?: string
}

/**
 * Returns up to `limit` accounts, sorted by name. `previous` is the `before` of the slice before this one, and `next` the
 * `after` of the one behind it; null if there is none.
 */
export async function listAccounts(
  db: Database,
  { search = '', after, before }: AccountSlice,
  limit: number
): Promise<{ accounts: Account[]; previous: string | null; next: string | null }> {
  const backwards = before !== undefined
  const rows = await db.query.user.findMany({
    ...accountFields,
    where: and(
      search === '' ? undefined : contains(search),
      after === undefined ? undefined : gt(user.username, after),
      backwards ? lt(user.username, before) : undefined
    ),
    orderBy: backwards ? desc(user.username) : asc(user.username),
    limit: limit + 1
  })
  const more = rows.length > limit
  const accounts = rows.slice(0, limit).map(toAccount)
  if (backwards) accounts.reverse()
  return {
    accounts,
    previous: (backwards ? more : after !== undefined) ? (accounts[0]?.username ?? null) : null,
    next: backwards || more ? (accounts.at(-1)?.username ?? null) : null
  }
}

// Names are stored in one spelling, so the search text is converted to it. % and _ have no special meaning.
function contains(search: string): SQL {
  const text = search
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&')
  return sql`${user.username} like ${`%${text}%`} escape '\\'`
}
