// The roles that must exist: the two that every server has, and those that policies of routes name.

import { inArray } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { ADMIN, role } from '../../src/tables/account.ts'
import type { RouteEntry } from './policy.ts'

/** The roles that every server has. */
export const FIXED_ROLES: readonly string[] = [ADMIN, 'user']

/** Returns the roles that a server with these routes needs: the fixed ones, and those that policies name. */
export function requiredRoles(routes: readonly RouteEntry[]): string[] {
  return [...FIXED_ROLES, ...routes.flatMap(({ policy }) => (typeof policy === 'string' ? [] : policy))]
}

/** Adds the roles of these names that do not exist yet. */
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
