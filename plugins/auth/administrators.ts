// At least one enabled administrator always remains.

import { and, eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../src/database/db.ts'
import { AccountChanged, LastAdministrator, NotFound } from '../../src/errors.ts'
import { ADMIN, role, user, user_role } from '../../src/tables/account.ts'
import { heldRoles } from './account-roles.ts'
import { stateOf } from './account-rows.ts'
import { type Actor, actAs } from './actor.ts'

/**
 * Changes an account in one transaction, for `actor` if one is given. Throws NotFound when the account does not exist,
 * and what `actAs` throws. Throws LastAdministrator, and rolls back, when the change would leave no enabled
 * administrator. Such changes run one at a time, so two administrators who delete each other at the same moment cannot
 * both succeed. Throws AccountChanged when `seen`, the state and roles on which the change was decided, are out of date.
 */
export async function keepAnAdministrator(
  db: Database,
  id: number,
  actor: Actor | undefined,
  change: (tx: Transaction) => Promise<void>,
  seen?: string
): Promise<void> {
  await actAs(db, actor, async (tx) => {
    const [account] = await tx.select({ disabled: user.disabled }).from(user).where(eq(user.id, id))
    if (!account) throw new NotFound('Account')
    if (seen !== undefined) {
      const roles = (await heldRoles(tx, id)).sort()
      if (stateOf({ ...account, roles }) !== seen) throw new AccountChanged()
    }
    const before = await administration(tx)
    await change(tx)
    if ((await administration(tx)) < before) throw new LastAdministrator()
  })
}

/**
 * Returns 2 if a real administrator is enabled, 1 if only administrators of the demo are, and 0 if none is. The demo's
 * do not count as real ones: everybody knows their passwords.
 */
async function administration(tx: Transaction): Promise<0 | 1 | 2> {
  const enabled = await tx
    .select({ demo: user.demo })
    .from(user)
    .innerJoin(user_role, eq(user_role.user_id, user.id))
    .innerJoin(role, eq(role.id, user_role.role_id))
    .where(and(eq(user.disabled, false), eq(role.name, ADMIN)))
  if (enabled.length === 0) return 0
  return enabled.some((administrator) => !administrator.demo) ? 2 : 1
}
