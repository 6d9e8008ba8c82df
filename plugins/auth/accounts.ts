// Accounts: their names, passwords, roles and state. Every rule that must hold for an account is enforced here, for the
// pages, the API and the command line alike.

import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../src/database/db.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { InUse, invalidFields, NotFound } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { single } from '../../src/records.ts'
import { deleted_account, PAGE_ROLES, refresh_token, session, user, user_role } from '../../src/tables/account.ts'
import { type AccountEvent, type Author, recordEvent } from './account-events.ts'
import { addRoles, heldRoles, rolesAsText } from './account-roles.ts'
import { type Account, accountFields, toAccount } from './account-rows.ts'
import { type Actor, actAs } from './actor.ts'
import { keepAnAdministrator } from './administrators.ts'
import { forgetFailures } from './login-failures.ts'
import type { Passwords } from './passwords.ts'
import { canonicalUsername, namesIn, requireUsername } from './usernames.ts'

/** Who is calling, with the roles that the database holds. */
export interface Principal {
  readonly id: number
  readonly username: string
  readonly roles: readonly string[]
}

export type Credentials = typeof user.$inferSelect
export type Accounts = ReturnType<typeof createAccounts>

/** How many tokens are deleted together with their account. The clean-up deletes the others. */
const TOKENS_AT_ONCE = 1000

/**
 * Returns what can be done to the accounts of a database. The functions that change something take the actor, who must
 * still have the right to it when the change is committed: see actor.ts. Without an actor, `author` makes the change, or
 * else the server. Each change is recorded: see account-events.ts.
 */
export function createAccounts(db: Database, passwords: Passwords, author?: Author) {
  function record(tx: Transaction, actor: Actor | undefined, event: AccountEvent): Promise<void> {
    return recordEvent(tx, actor?.by ?? author, event)
  }

  async function requireAcceptable(password: string, username: string, field: string): Promise<void> {
    const problem = await passwords.problem(password, username, await namesIn(db, password))
    if (problem) throw invalidFields([{ field, message: problem }])
  }

  /**
   * Sets the password of an account as it was read, and ends its tokens and sessions. Returns the account as it is now;
   * undefined when it no longer exists or, with `unchanged`, when its password has changed since it was read. `field`
   * names the password in the InvalidInput that is thrown when it is not acceptable. A generated password always is.
   */
  async function storePassword(
    account: Credentials,
    password: string,
    {
      field = 'password',
      unchanged = false,
      generated = false,
      actor
    }: { field?: string; unchanged?: boolean; generated?: boolean; actor?: Actor } = {}
  ): Promise<Credentials | undefined> {
    if (!generated) await requireAcceptable(password, account.username, field)
    const password_hash = await passwords.hash(password)
    return await actAs(db, actor, async (tx) => {
      const [changed] = await tx
        .update(user)
        .set({ password_hash, demo: false, credentials_version: sql`${user.credentials_version} + 1` })
        .where(
          and(
            eq(user.id, account.id),
            unchanged ? eq(user.credentials_version, account.credentials_version) : undefined
          )
        )
        .returning()
      if (changed) {
        await forgetFailures(tx, account.id)
        await record(tx, actor, { action: 'password changed', account_id: account.id })
      }
      return changed
    })
  }

  return {
    storePassword,

    /**
     * Adds an account. Without a password it gets a random one. Returns its password, so that it can be shown once.
     * Throws InvalidInput for a name, password or role that is not acceptable, and the driver's unique error when the
     * name exists.
     */
    async add(
      account: { username: string; password?: string; roles: string[] },
      actor?: Actor
    ): Promise<{ id: number; username: string; password: string }> {
      const username = requireUsername(account.username)
      const password = account.password ?? passwords.generate()
      if (account.password !== undefined) await requireAcceptable(password, username, 'password')
      const password_hash = await passwords.hash(password)
      const id = await actAs(db, actor, async (tx) => {
        const added = single(
          await tx.insert(user).values({ username, password_hash, created_at: fromNow() }).returning({ id: user.id })
        )
        await addRoles(tx, added.id, account.roles)
        await record(tx, actor, { action: 'account added', account_id: added.id, after: rolesAsText(account.roles) })
        return added.id
      })
      return { id, username, password }
    },

    /** Returns all accounts, sorted by name. */
    async list(): Promise<Account[]> {
      return (await db.query.user.findMany({ ...accountFields, orderBy: asc(user.username) })).map(toAccount)
    },

    /** Returns the account with this id. Throws NotFound. */
    async find(id: number): Promise<Account> {
      const row = await db.query.user.findFirst({ ...accountFields, where: eq(user.id, id) })
      if (!row) throw new NotFound('Account')
      return toAccount(row)
    },

    /** Returns the id of the account with this name, in any spelling. Throws NotFound. */
    async idOf(typed: string): Promise<number> {
      const username = canonicalUsername(typed)
      const [row] = username ? await db.select({ id: user.id }).from(user).where(eq(user.username, username)) : []
      if (!row) throw new NotFound('Account')
      return row.id
    },

    /**
     * Sets a password (a random one if none is given) and returns it. All tokens and sessions of the account end.
     * Throws InvalidInput when the password is not acceptable, and NotFound.
     */
    async setPassword(id: number, chosen?: string, actor?: Actor): Promise<string> {
      const [account] = await db.select().from(user).where(eq(user.id, id))
      const password = chosen ?? passwords.generate()
      const stored = account && (await storePassword(account, password, { generated: chosen === undefined, actor }))
      if (!stored) throw new NotFound('Account')
      return password
    },

    /** Lets an account sign in again that is locked by wrong passwords. Throws NotFound. */
    async unlock(id: number, actor?: Actor): Promise<void> {
      await keepAnAdministrator(db, id, actor, async (tx) => {
        await forgetFailures(tx, id)
        await record(tx, actor, { action: 'account unlocked', account_id: id })
      })
    },

    /**
     * Gives an account exactly these roles. Throws InvalidInput when a role does not exist, and the errors of
     * keepAnAdministrator, which `seen` goes to.
     */
    async setRoles(id: number, roles: string[], actor?: Actor, seen?: string): Promise<void> {
      const change = async (tx: Transaction) => {
        const before = rolesAsText(await heldRoles(tx, id))
        await tx.delete(user_role).where(eq(user_role.user_id, id))
        await addRoles(tx, id, roles)
        await record(tx, actor, { action: 'roles changed', account_id: id, before, after: rolesAsText(roles) })
        // Without this, a session that was open when the role was removed would work again once it is given back.
        if (!PAGE_ROLES.some((role) => roles.includes(role))) await tx.delete(session).where(eq(session.user_id, id))
      }
      await keepAnAdministrator(db, id, actor, change, seen)
    },

    /**
     * Disables an account, which ends its tokens and sessions, or enables and unlocks it. Throws the errors of
     * keepAnAdministrator, which `seen` goes to.
     */
    async setDisabled(id: number, disabled: boolean, actor?: Actor, seen?: string): Promise<void> {
      const change = async (tx: Transaction) => {
        await tx
          .update(user)
          .set({ disabled, ...(disabled && { credentials_version: sql`${user.credentials_version} + 1` }) })
          .where(eq(user.id, id))
        if (!disabled) await forgetFailures(tx, id)
        await record(tx, actor, { action: disabled ? 'account disabled' : 'account enabled', account_id: id })
      }
      await keepAnAdministrator(db, id, actor, change, seen)
    },

    /**
     * Deletes an account, its tokens and sessions; the access log keeps its name. Throws NotFound, LastAdministrator, and InUse
     * when records of a resource refer to it.
     */
    async remove(id: number, actor?: Actor): Promise<void> {
      await keepAnAdministrator(db, id, actor, async (tx) => {
        const before = rolesAsText(await heldRoles(tx, id))
        await record(tx, actor, { action: 'account deleted', account_id: id, before })
        const tokens = tx.select({ jti: refresh_token.jti }).from(refresh_token).where(eq(refresh_token.user_id, id))
        await tx.delete(refresh_token).where(inArray(refresh_token.jti, tokens.limit(TOKENS_AT_ONCE)))
        await tx.delete(user).where(eq(user.id, id))
        await tx.insert(deleted_account).values({ id }) // no token works without its account, whatever is left of them
      }).catch((error) => {
        throw databaseFailure(error) === 'reference' ? new InUse() : error
      })
    }
  }
}
