// The list of accounts: which are shown, and in which order.

import { and, asc, desc, eq, inArray, isNull, lt, notInArray, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { isInList, listValue } from '../../src/database/expressions.ts'
import { fromNow } from '../../src/instants.ts'
import { role, user, user_role } from '../../src/tables/account.ts'
import { type Account, accountFields, toAccount } from '../auth/account-rows.ts'
import { compareNames, createNameSearch, foldName } from './name-search.ts'

export const STATES = ['enabled', 'disabled', 'locked'] as const
/** `never`: the account has never signed in. `inactive`: not within INACTIVE_DAYS. */
export const LAST_SIGN_INS = ['never', 'inactive'] as const
export const SORTS = ['name', '-name', 'last', '-last', 'added', '-added'] as const
export const INACTIVE_DAYS = 90
/** The value of the filter by role that finds accounts without one. No role has this name. */
export const NO_ROLE = '-'

const DAY = 86_400_000 // milliseconds

export interface AccountFilter {
  /** Words that the name contains, in any order and spelling. */
  q?: string
  role?: string
  state?: (typeof STATES)[number] | ''
  last?: (typeof LAST_SIGN_INS)[number] | ''
  /** With a minus sign: backwards. By name if it is not given. */
  sort?: (typeof SORTS)[number] | ''
}

/** Returns the ids of the accounts that match a filter, in their order. `locked` are those that are locked now. */
export async function findAccounts(db: Database, filter: AccountFilter, locked: number[] = []): Promise<number[]> {
  const { q = '' } = filter
  const sort = filter.sort || 'name'
  const rows = await db
    .select({ id: user.id, username: user.username })
    .from(user)
    .where(and(hasRole(db, filter.role), hasState(filter.state, locked), lastSignIn(filter.last)))
    .orderBy(...orderOf(sort))
  const matches = createNameSearch(q)
  const found = rows.map(({ id, username }) => ({ id, username, folded: foldName(username) }))
  const matching = q === '' ? found : found.filter(({ folded }) => matches(folded))
  if (sort.endsWith('name')) matching.sort(compareNames)
  if (sort === '-name') matching.reverse()
  return matching.map(({ id }) => id)
}

/** Returns the accounts with these ids, in this order. Those that were deleted in the meantime are left out. */
export async function readAccounts(db: Database, ids: number[]): Promise<Account[]> {
  if (ids.length === 0) return []
  const rows = await db.query.user.findMany({ ...accountFields, where: isOneOf(ids) })
  const byId = new Map(rows.map((row) => [row.id, toAccount(row)]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

function orderOf(sort: string): SQL[] {
  const column = sort.endsWith('last') ? user.last_login : user.created_at
  if (sort.endsWith('name')) return []
  // Accounts that have never signed in come last in both directions, on both engines.
  return [asc(sql`${column} is null`), sort.startsWith('-') ? desc(column) : asc(column), asc(user.id)]
}

function hasRole(db: Database, name: string | undefined): SQL | undefined {
  if (!name) return undefined
  const holders = db.select({ id: user_role.user_id }).from(user_role).innerJoin(role, eq(role.id, user_role.role_id))
  return name === NO_ROLE ? notInArray(user.id, holders) : inArray(user.id, holders.where(eq(role.name, name)))
}

function hasState(state: AccountFilter['state'], locked: number[]): SQL | undefined {
  if (state === 'locked') return isOneOf(locked)
  return state ? eq(user.disabled, state === 'disabled') : undefined
}

function lastSignIn(last: AccountFilter['last']): SQL | undefined {
  if (last === 'never') return isNull(user.last_login)
  if (last !== 'inactive') return undefined
  const limit = fromNow(-INACTIVE_DAYS * DAY)
  return and(lt(user.created_at, limit), or(isNull(user.last_login), lt(user.last_login, limit)))
}

function isOneOf(ids: number[]): SQL {
  return isInList(user.id, sql.param(listValue(ids)))
}
