// Roles: the two that every server has, those that the policies of routes name, and those a team adds.

import { asc, count, eq, inArray } from 'drizzle-orm'
import { type Database, databaseFailure } from './db.ts'
import { FixedRole, invalidFields, NotFound, RoleInUse } from './errors.ts'
import { ROLE_NAME, type RouteEntry } from './policy-table.ts'
import { role, user_role } from './tables/account.ts'

/** The role that may administer users; at least one enabled account has it. */
export const ADMIN = 'admin'
/** The roles that every server has; the policies of routes may name more. */
export const FIXED_ROLES: readonly string[] = [ADMIN, 'user']

/** A role, with the number of accounts that hold it. */
export interface ListedRole {
  id: number
  name: string
  users: number
}

/** The roles that a server with these routes has from its start on: the fixed ones, and those that policies name. */
export function neededRoles(routes: readonly RouteEntry[]): string[] {
  return [...FIXED_ROLES, ...routes.flatMap(({ policy }) => (typeof policy === 'string' ? [] : policy))]
}

/** All roles by name. */
export async function listRoles(db: Database): Promise<ListedRole[]> {
  return await db
    .select({ id: role.id, name: role.name, users: count(user_role.user_id) })
    .from(role)
    .leftJoin(user_role, eq(user_role.role_id, role.id))
    .groupBy(role.id, role.name)
    .orderBy(asc(role.name))
}

/** Adds the roles that do not exist yet. */
export async function ensureRoles(db: Database, names: readonly string[]): Promise<void> {
  const wanted = [...new Set(names)]
  const existing = await db.select({ name: role.name }).from(role).where(inArray(role.name, wanted))
  const missing = wanted.filter((name) => !existing.some((row) => row.name === name))
  if (missing.length === 0) return
  await db
    .insert(role)
    .values(missing.map((name) => ({ name })))
    .onConflictDoNothing()
}

/**
 * Adds a role and gives its name as it is stored: trimmed, in lower case. Throws InvalidInput for a name that cannot be,
 * and the driver's unique error for one that exists.
 */
export async function addRole(db: Database, typed: string): Promise<string> {
  const name = typed.trim().toLowerCase()
  if (!ROLE_NAME.test(name)) {
    const message = 'must have 1 to 32 characters: letters a to z, digits, - and _, the first a letter'
    throw invalidFields([{ field: 'name', message }])
  }
  await db.insert(role).values({ name })
  return name
}

/**
 * Removes a role that no account holds and gives its name. Takes the names that cannot go.
 * Throws NotFound, FixedRole, or RoleInUse.
 */
export async function removeRole(db: Database, id: number, needed: readonly string[]): Promise<string> {
  const [found] = await db.select().from(role).where(eq(role.id, id))
  if (!found) throw new NotFound('Role')
  if (needed.includes(found.name)) throw new FixedRole()
  const removed = await db
    .delete(role)
    .where(eq(role.id, id))
    .returning()
    .catch((error) => {
      throw databaseFailure(error) === 'reference' ? new RoleInUse() : error
    })
  if (removed.length === 0) throw new NotFound('Role')
  return found.name
}
