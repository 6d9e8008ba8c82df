// The roles of accounts in the database.

import { eq, inArray } from 'drizzle-orm'
import type { Transaction } from '../../src/database/db.ts'
import { InvalidInput } from '../../src/errors.ts'
import { role, user_role } from '../../src/tables/account.ts'

/** Returns the names of the roles that an account has. */
export async function heldRoles(tx: Transaction, id: number): Promise<string[]> {
  const rows = await tx
    .select({ name: role.name })
    .from(user_role)
    .innerJoin(role, eq(role.id, user_role.role_id))
    .where(eq(user_role.user_id, id))
  return rows.map(({ name }) => name)
}

/** Returns roles as an event shows them. */
export function rolesAsText(names: string[]): string {
  return [...new Set(names)].sort().join(', ') || 'no role'
}

/** Gives an account these roles, which it does not have yet. Throws InvalidInput when one does not exist. */
export async function addRoles(tx: Transaction, user_id: number, names: string[]): Promise<void> {
  const wanted = [...new Set(names)]
  if (wanted.length === 0) return
  const rows = await tx.select().from(role).where(inArray(role.name, wanted))
  const unknown = wanted.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0) throw new InvalidInput(`There is no role ${unknown.join(', ')}`)
  await tx.insert(user_role).values(rows.map(({ id: role_id }) => ({ user_id, role_id })))
}
