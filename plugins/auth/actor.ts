// Who makes a change, and the check that the right to make it still holds when the change is committed.

import { and, eq } from 'drizzle-orm'
import { engine } from '../../src/config.ts'
import type { Database, Transaction } from '../../src/database/db.ts'
import { atomically } from '../../src/database/transactions.ts'
import { AccessLost, TokenRevoked } from '../../src/errors.ts'
import { refresh_token, role, session, user, user_role } from '../../src/tables/account.ts'
import type { Author } from './account-events.ts'
import { isLive, root } from './token-family.ts'

/** Who makes a change, and by which right: a session of the pages together with a role, or a refresh token. */
export type Actor = { by: Author } & ({ session: string; role: string } | { token: string })

/**
 * Runs a change in one transaction and returns its result. The transaction first checks that the session or token of
 * `actor` still works: a request can wait between its own check and its write, to hash a password for example. Throws
 * AccessLost or TokenRevoked. Without an actor, as on the command line, nothing is checked. Such changes run one at a
 * time.
 */
export async function actAs<Result>(
  db: Database,
  actor: Actor | undefined,
  change: (tx: Transaction) => Promise<Result>
): Promise<Result> {
  return await atomically(db, async (tx) => {
    await db.connection.lock(tx, 'administrators')
    if (actor) await requireAccess(tx, actor)
    return await change(tx)
  })
}

// On PostgreSQL, locks the rows that give the right to act, so that nobody can take it away before the change is committed.
// SQLite has one writer at a time and needs no lock.
async function requireAccess(tx: Transaction, actor: Actor): Promise<void> {
  const query = 'token' in actor ? byToken(tx, actor.token) : bySession(tx, actor)
  const [access] = await (engine === 'postgres' ? query.for('share') : query)
  if (!access) throw 'token' in actor ? new TokenRevoked() : new AccessLost()
}

function bySession(tx: Transaction, actor: { session: string; role: string }) {
  return tx
    .select({ id: user.id })
    .from(session)
    .innerJoin(user, and(eq(user.id, session.user_id), eq(user.credentials_version, session.credentials_version)))
    .innerJoin(user_role, eq(user_role.user_id, user.id))
    .innerJoin(role, eq(role.id, user_role.role_id))
    .where(and(eq(session.id, actor.session), eq(user.disabled, false), eq(role.name, actor.role)))
}

function byToken(tx: Transaction, jti: string) {
  return tx
    .select({ id: user.id })
    .from(refresh_token)
    .innerJoin(root, eq(root.jti, refresh_token.family))
    .innerJoin(user, eq(user.id, refresh_token.user_id))
    .where(and(eq(refresh_token.jti, jti), isLive(true)))
}
