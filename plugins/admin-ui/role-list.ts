// The roles as the pages list and change them.

import { asc, count, eq } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { invalidFields, NotFound } from '../../src/errors.ts'
import { role, user_role } from '../../src/tables/account.ts'
import { recordEvent } from '../auth/account-events.ts'
import { type Actor, actAs } from '../auth/actor.ts'
import { ROLE_NAME } from '../roles/policy.ts'
import { FixedRole, RoleInUse } from './refusals.ts'

/** A role, and how many accounts have it. */
export interface ListedRole {
  id: number
  name: string
  users: number
}

/** Returns all roles, sorted by name. */
export async function listRoles(db: Database): Promise<ListedRole[]> {
  return await db
    .select({ id: role.id, name: role.name, users: count(user_role.user_id) })
    .from(role)
    .leftJoin(user_role, eq(user_role.role_id, role.id))
    .groupBy(role.id, role.name)
    .orderBy(asc(role.name))
}

/**
 * Adds a role and returns its name as stored: trimmed and in lower case. Throws InvalidInput for a name that is not
 * acceptable, and the driver's unique error for one that exists.
 */
export async function addRole(db: Database, typed: string, actor?: Actor): Promise<string> {
  const name = typed.trim().toLowerCase()
  if (!ROLE_NAME.test(name)) {
    const message = 'must have 1 to 32 characters: letters a to z, digits, - and _, starting with a letter'
    throw invalidFields([{ field: 'name', message }])
  }
  await actAs(db, actor, async (tx) => {
    await tx.insert(role).values({ name })
    await recordEvent(tx, actor?.by, { action: 'role added', after: name })
  })
  return name
}

/**
 * Deletes a role that no account has and returns its name. `required` are the names that cannot be deleted. Throws
 * NotFound, FixedRole, or RoleInUse.
 */
export async function removeRole(
  db: Database,
  id: number,
  required: readonly string[],
  actor?: Actor
): Promise<string> {
  const [found] = await db.select().from(role).where(eq(role.id, id))
  if (!found) throw new NotFound('Role')
  if (required.includes(found.name)) throw new FixedRole()
  const removed = await actAs(db, actor, async (tx) => {
    const deleted = await tx.delete(role).where(eq(role.id, id)).returning()
    if (deleted.length > 0) await recordEvent(tx, actor?.by, { action: 'role deleted', before: found.name })
    return deleted
  }).catch((error) => {
    throw databaseFailure(error) === 'reference' ? new RoleInUse() : error
  })
  if (removed.length === 0) throw new NotFound('Role')
  return found.name
}
