// Who is signed in now, and on what: the live refresh tokens of the API and the open sessions of the pages. A token that was
// rotated is not counted; its successor is.

import { and, count, desc, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { isInList, listValue } from '../../src/database/expressions.ts'
import { fromNow } from '../../src/instants.ts'
import { refresh_token, session, user } from '../../src/tables/account.ts'
import { isLive, root } from '../auth/token-family.ts'
import { isOpen, type SessionLimits } from './sessions.ts'
import type { SliceNumber } from './slices.ts'

type Limits = SessionLimits & Pick<Config, 'demo'>

export interface SignIn {
  kind: 'token' | 'session'
  /** The jti of the token, or the key of the session. */
  key: string
  user_id: number
  username: string
  address: string | null
  user_agent: string | null
  since: string
  last_used: string
}

export interface SignInFilter {
  user_ids?: number[]
  address?: string
}

/** Returns a slice of the sign-ins that match a filter, the last used first, and how many match. */
export async function listSignIns(
  db: Database,
  limits: Limits,
  { user_ids, address }: SignInFilter,
  { page, size }: SliceNumber
): Promise<{ signIns: SignIn[]; total: number }> {
  const ofUser = user_ids && isOneOf(user.id, user_ids)
  const last_used = sql<string>`coalesce(${refresh_token.last_used}, ${refresh_token.issued})`
  const tokens = db
    .select({
      kind: sql<SignIn['kind']>`'token'`.as('kind'),
      key: sql<string>`${refresh_token.jti}`.as('key'),
      user_id: user.id,
      username: user.username,
      address: refresh_token.address,
      user_agent: refresh_token.user_agent,
      since: sql<string>`${root.issued}`.mapWith(refresh_token.issued).as('since'),
      last_used: last_used.mapWith(refresh_token.issued).as('last_used')
    })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(user, eq(user.id, refresh_token.user_id))
    .where(and(isLiveToken(limits.demo), ofUser, address ? eq(refresh_token.address, address) : undefined))
  const sessions = db
    .select({
      kind: sql<SignIn['kind']>`'session'`.as('kind'),
      key: sql<string>`${session.id}`.as('key'),
      user_id: user.id,
      username: user.username,
      address: sql<string | null>`${session.address}`.as('address'),
      user_agent: sql<string | null>`${session.user_agent}`.as('user_agent'),
      since: sql<string>`${session.created}`.mapWith(session.created).as('since'),
      last_used: sql<string>`${session.last_used}`.mapWith(session.last_used).as('last_used')
    })
    .from(session)
    .innerJoin(user, eq(user.id, session.user_id))
    .where(and(isOpen(limits), ofUser, address ? eq(session.address, address) : undefined))
  const all = tokens.unionAll(sessions).as('all')
  const { kind, key, user_id, username, address: from, user_agent, since, last_used: used } = all
  const rows = await db
    .select({
      kind,
      key,
      user_id,
      username,
      address: from,
      user_agent,
      since,
      last_used: used,
      total: sql<number>`cast(count(*) over () as integer)`
    })
    .from(all)
    .orderBy(desc(used), desc(key))
    .limit(size)
    .offset((page - 1) * size)
  // A slice beyond the end has no row that knows.
  const total = rows[0]?.total ?? (page === 1 ? 0 : await db.$count(all))
  return { signIns: rows, total }
}

/** Returns on how many devices each of these accounts is signed in. Accounts that are signed in nowhere are left out. */
export async function countSignIns(db: Database, limits: Limits, user_ids: number[]): Promise<Map<number, number>> {
  const [tokens, sessions] = await Promise.all([
    db
      .select({ id: user.id, count: count() })
      .from(refresh_token)
      .innerJoin(root, eq(root.jti, refresh_token.family))
      .innerJoin(user, eq(user.id, refresh_token.user_id))
      .where(and(isOneOf(refresh_token.user_id, user_ids), isLiveToken(limits.demo)))
      .groupBy(user.id),
    db
      .select({ id: user.id, count: count() })
      .from(session)
      .innerJoin(user, eq(user.id, session.user_id))
      .where(and(isOneOf(session.user_id, user_ids), isOpen(limits)))
      .groupBy(user.id)
  ])
  const counts = new Map<number, number>()
  for (const { id, count } of [...tokens, ...sessions]) counts.set(id, (counts.get(id) ?? 0) + count)
  return counts
}

function isLiveToken(demo: boolean): SQL | undefined {
  return and(isNull(refresh_token.rotated), gt(refresh_token.expiry, fromNow()), isLive(demo))
}

function isOneOf(column: Parameters<typeof isInList>[0], ids: number[]): SQL {
  return isInList(column, sql.param(listValue(ids)))
}
