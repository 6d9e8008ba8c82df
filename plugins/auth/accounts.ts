// Accounts: their names, passwords, roles and state. Every rule that must hold for an account is enforced here, for the
// pages, the API and the command line alike.

import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../src/database/db.ts'
import { atomically } from '../../src/database/transactions.ts'
import { InvalidInput, invalidFields, NotFound } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { single } from '../../src/records.ts'
import { ADMIN, refresh_token, role, session, user, user_role } from '../../src/tables/account.ts'
import { keepAnAdministrator } from './administrators.ts'
import { generatePassword, type Passwords } from './passwords.ts'
import { canonicalUsername, requireUsername } from './usernames.ts'

/** Who is calling, with the roles that the database holds. */
export interface Principal {
  id: number
  username: string
  roles: string[]
}

/** An account without its password; `roles` is sorted by name. */
export interface Account {
  id: number
  username: string
  disabled: boolean
  roles: string[]
  created_at: string
  last_login: string | null
}

export type Credentials = typeof user.$inferSelect
export type Accounts = ReturnType<typeof createAccounts>

/** Returns what can be done to the accounts of a database. */
export function createAccounts(db: Database, passwords: Passwords) {
  function requireAcceptable(password: string, username: string, field: string): void {
    const problem = passwords.problem(password, username)
    if (problem) throw invalidFields([{ field, message: problem }])
  }

  /**
   * Sets the password of an account as it was read, and ends its tokens and sessions. Returns the account as it is now;
   * undefined when it no longer exists or, with `unchanged`, when its password has changed since it was read. `field`
   * names the password in the InvalidInput that is thrown when it is not acceptable.
   */
  async function storePassword(
    account: Credentials,
    password: string,
    { field = 'password', unchanged = false } = {}
  ): Promise<Credentials | undefined> {
    requireAcceptable(password, account.username, field)
    const password_hash = await passwords.hash(password)
    const [changed] = await db
      .update(user)
      .set({ password_hash, demo: false, credentials_version: sql`${user.credentials_version} + 1` })
      .where(
        and(eq(user.id, account.id), unchanged ? eq(user.credentials_version, account.credentials_version) : undefined)
      )
      .returning()
    return changed
  }

  return {
    storePassword,

    /**
     * Adds an account. Without a password it gets a random one. Returns its password, so that it can be shown once.
     * Throws InvalidInput for a name, password or role that is not acceptable, and the driver's unique error when the
     * name exists.
     */
    async add(account: {
      username: string
      password?: string
      roles: string[]
    }): Promise<{ id: number; username: string; password: string }> {
      const username = requireUsername(account.username)
      const password = account.password ?? generatePassword()
      requireAcceptable(password, username, 'password')
      const password_hash = await passwords.hash(password)
      const id = await atomically(db, async (tx) => {
        const added = single(
          await tx.insert(user).values({ username, password_hash, created_at: fromNow() }).returning({ id: user.id })
        )
        await addRoles(tx, added.id, account.roles)
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
    async setPassword(id: number, password = generatePassword()): Promise<string> {
      const [account] = await db.select().from(user).where(eq(user.id, id))
      if (!account || !(await storePassword(account, password))) throw new NotFound('Account')
      return password
    },

    /**
     * Gives an account exactly these roles. Throws NotFound, InvalidInput when a role does not exist, and
     * LastAdministrator.
     */
    async setRoles(id: number, roles: string[]): Promise<void> {
      await keepAnAdministrator(db, id, async (tx) => {
        await tx.delete(user_role).where(eq(user_role.user_id, id))
        await addRoles(tx, id, roles)
        // Without this, a session that was open when the role was removed would work again once it is given back.
        if (!roles.includes(ADMIN)) await tx.delete(session).where(eq(session.user_id, id))
      })
    },

    /** Disables an account, which ends its tokens and sessions, or enables it. Throws NotFound and LastAdministrator. */
    async setDisabled(id: number, disabled: boolean): Promise<void> {
      await keepAnAdministrator(db, id, async (tx) => {
        await tx
          .update(user)
          .set({ disabled, ...(disabled && { credentials_version: sql`${user.credentials_version} + 1` }) })
          .where(eq(user.id, id))
      })
    },

    /**
     * Deletes an account with its tokens and sessions; the access log keeps its name. Throws NotFound and
     * LastAdministrator.
     */
    async remove(id: number): Promise<void> {
      await keepAnAdministrator(db, id, async (tx) => {
        // Tokens first, because a rotation locks its token before it reads the account. The other order can deadlock.
        await tx.delete(refresh_token).where(eq(refresh_token.user_id, id))
        await tx.delete(user).where(eq(user.id, id))
      })
    }
  }
}

async function addRoles(tx: Transaction, user_id: number, names: string[]): Promise<void> {
  const wanted = [...new Set(names)]
  if (wanted.length === 0) return
  const rows = await tx.select().from(role).where(inArray(role.name, wanted))
  const unknown = wanted.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0) throw new InvalidInput(`There is no role ${unknown.join(', ')}`)
  await tx.insert(user_role).values(rows.map(({ id: role_id }) => ({ user_id, role_id })))
}

/** The fields of a relational query of accounts. */
export const accountFields = {
  columns: { id: true, username: true, disabled: true, created_at: true, last_login: true },
  with: { roles: { columns: {}, with: { role: { columns: { name: true } } } } }
} as const

/** Returns the account of a row of such a query. */
export function toAccount<Row extends { roles: { role: { name: string } }[] }>(row: Row) {
  return { ...row, roles: row.roles.map((held) => held.role.name).sort() }
}
