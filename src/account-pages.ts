// The accounts a page at a time, by name, for lists of thousands.

import { and, asc, desc, gt, lt, type SQL, sql } from 'drizzle-orm'
import { type Account, asListed, withRoleNames } from './accounts.ts'
import type { Database } from './db.ts'
import { user } from './tables/account.ts'

/** Which page: of the names that contain `search`, those that follow `after` or come right before `before`. */
export interface AccountPage {
  search?: string
  after?: string
  before?: string
}

/** The accounts of a page by name; `previous` and `next` are the `before` and `after` of the pages beside it, or null. */
export async function pageOfAccounts(
  db: Database,
  { search = '', after, before }: AccountPage,
  limit: number
): Promise<{ accounts: Account[]; previous: string | null; next: string | null }> {
  const backwards = before !== undefined
  const rows = await db.query.user.findMany({
    ...asListed,
    where: and(
      search === '' ? undefined : contains(search),
      after === undefined ? undefined : gt(user.username, after),
      backwards ? lt(user.username, before) : undefined
    ),
    orderBy: backwards ? desc(user.username) : asc(user.username),
    limit: limit + 1
  })
  const more = rows.length > limit
  const accounts = rows.slice(0, limit).map(withRoleNames)
  if (backwards) accounts.reverse()
  return {
    accounts,
    previous: (backwards ? more : after !== undefined) ? (accounts[0]?.username ?? null) : null,
    next: backwards || more ? (accounts.at(-1)?.username ?? null) : null
  }
}

// Names are stored in one spelling, so the text searched for is brought to the same; % and _ stand for themselves.
function contains(search: string): SQL {
  const text = search
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&')
  return sql`${user.username} like ${`%${text}%`} escape '\\'`
}
