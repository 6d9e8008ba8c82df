// Finds out on every request whether a refresh token still works and who holds it, so that a blocked token fails on the
// very next request.

import { and, eq, sql } from 'drizzle-orm'
import { createBatcher } from '../../src/batches.ts'
import type { Database } from '../../src/database/db.ts'
import { isInList, listValue } from '../../src/database/expressions.ts'
import { keepValues } from '../../src/database/kept-values.ts'
import { refresh_token, role, user, user_role } from '../../src/tables/account.ts'
import type { Principal } from './accounts.ts'
import { isLive, root } from './token-family.ts'

/** Who is calling, and the refresh token behind the call; `spent` says whether it has been rotated. */
export interface TokenHolder extends Principal {
  readonly jti: string
  readonly spent: boolean
}

/** How many holders are kept. */
const KEPT = 1_000
/** The tables that they depend on. */
const TABLES = [refresh_token, role, user, user_role]

/**
 * Returns a function that returns the account that holds a refresh token, with its current roles. Takes the token's jti.
 * Undefined when the token is unknown or blocked, or when its account has been deleted or disabled or has a new password
 * since. All requests of one turn share one query. On SQLite its result is kept until anything changes in these tables.
 */
export function createHolders(db: Database, demo: boolean): (jti: string) => Promise<TokenHolder | undefined> {
  const query = prepareQuery(db, demo)
  return createBatcher(keepValues(db, load, { limit: KEPT, tables: TABLES }))

  async function load(jtis: string[]): Promise<Map<string, TokenHolder>> {
    const found = new Map<string, TokenHolder & { roles: string[] }>()
    for (const { jti, id, username, role, rotated } of await query.execute({ jtis: listValue(jtis) })) {
      const holder = found.get(jti) ?? { id, username, roles: [], jti, spent: rotated !== null }
      found.set(jti, holder)
      if (role !== null) holder.roles.push(role)
    }
    return found
  }
}

/** Returns one row per role of each holder, or one row without a role. */
function prepareQuery(db: Database, demo: boolean) {
  return db
    .select({
      jti: refresh_token.jti,
      id: user.id,
      username: user.username,
      role: role.name,
      rotated: refresh_token.rotated
    })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(user, eq(user.id, refresh_token.user_id))
    .leftJoin(user_role, eq(user_role.user_id, user.id))
    .leftJoin(role, eq(role.id, user_role.role_id))
    .where(and(isInList(refresh_token.jti, sql.placeholder('jtis')), isLive(demo)))
    .prepare('token_holders')
}
