// Accounts: their names, roles and state, and what may be done to them. Used by the command line and, in the server, by
// whoever administers users; every rule that must hold for an account is kept here.

import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { atomically, type Database, run, type Steps, type Transaction } from './db.ts'
import { InvalidInput, invalidFields, LastAdministrator, NotFound } from './errors.ts'
import { fromNow } from './instants.ts'
import { generatePassword, type Passwords } from './passwords.ts'
import { only } from './records.ts'
import { ADMIN } from './roles.ts'
import { refresh_token, role, session, user, user_role } from './tables/account.ts'

export const USERNAME_LENGTH = 64

/** Control characters, what is shown as nothing, line separators, and the blank Braille pattern. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Who is calling, with the roles the database holds. */
export interface Principal {
  id: number
  username: string
  roles: string[]
}

/** An account as it is listed; `roles` sorted by name. */
export interface Account {
  id: number
  username: string
  disabled: boolean
  roles: string[]
  created_at: string
  last_login: string | null
}

/**
 * The one spelling under which a name is stored and compared: NFKC, trimmed, lower case (as RFC 8265's
 * UsernameCaseMapped). Undefined when it is empty, longer than 64 code points, or holds control or invisible characters.
 */
export function canonicalUsername(typed: string): string | undefined {
  const name = typed.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
  const length = [...name].length
  return length >= 1 && length <= USERNAME_LENGTH && !INVISIBLE.test(name) ? name : undefined
}

/**
 * Adds an account. Without a password it gets a random one; the one it got is given back, to be shown once.
 * Throws InvalidInput for a name, password or role that cannot be, and the driver's unique error for a name that exists.
 */
export async function addAccount(
  db: Database,
  passwords: Passwords,
  { username: typed, password, roles }: { username: string; password?: string; roles: string[] }
): Promise<{ id: number; username: string; password: string }> {
  const username = canonicalUsername(typed)
  if (!username) throw invalidUsername()
  const chosen = password ?? generatePassword()
  acceptPassword(passwords, chosen, username)
  const password_hash = await passwords.hash(chosen)
  const id = await atomically(db, function* (tx) {
    const added = only(
      yield* run(tx.insert(user).values({ username, password_hash, created_at: fromNow() }).returning({ id: user.id }))
    )
    yield* giveRoles(tx, added.id, roles)
    return added.id
  })
  return { id, username, password: chosen }
}

/** All accounts by name. */
export async function listAccounts(db: Database): Promise<Account[]> {
  return (await db.query.user.findMany({ ...asListed, orderBy: asc(user.username) })).map(withRoleNames)
}

/** The account of this id. Throws NotFound. */
export async function findAccount(db: Database, id: number): Promise<Account> {
  const found = await db.query.user.findFirst({ ...asListed, where: eq(user.id, id) })
  if (!found) throw new NotFound('Account')
  return withRoleNames(found)
}

/** The id of the account with this name, however it is spelled. Throws NotFound. */
export async function accountId(db: Database, typed: string): Promise<number> {
  const username = canonicalUsername(typed)
  const [found] = username ? await db.select({ id: user.id }).from(user).where(eq(user.username, username)) : []
  if (!found) throw new NotFound('Account')
  return found.id
}

/**
 * Sets a password (without one: a random one) and gives it back. All tokens and sessions of the account end with it.
 * Throws InvalidInput when the password is not acceptable, and NotFound.
 */
export async function setPassword(db: Database, passwords: Passwords, id: number, password?: string): Promise<string> {
  const [account] = await db.select().from(user).where(eq(user.id, id))
  const chosen = password ?? generatePassword()
  if (!account || !(await storePassword(db, passwords, account, chosen, 'password'))) throw new NotFound('Account')
  return chosen
}

/**
 * Sets the password of an account as it was read, and ends its tokens and sessions. Gives the account as it now is, or
 * undefined when it is gone or, with `unchanged`, has got another password since. `field` names the password in the InvalidInput of one that is
 * not acceptable.
 */
export async function storePassword(
  db: Database,
  passwords: Passwords,
  account: typeof user.$inferSelect,
  password: string,
  field: string,
  { unchanged = false } = {}
): Promise<typeof user.$inferSelect | undefined> {
  acceptPassword(passwords, password, account.username, field)
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

/** Gives an account exactly these roles. Throws LastAdministrator, or InvalidInput for a role that does not exist. */
export async function setRoles(db: Database, id: number, roles: string[]): Promise<void> {
  await changeAccount(db, id, function* (tx) {
    yield* run(tx.delete(user_role).where(eq(user_role.user_id, id)))
    yield* giveRoles(tx, id, roles)
    // Given back later, the role must not bring back what was open when it was taken.
    if (!roles.includes(ADMIN)) yield* run(tx.delete(session).where(eq(session.user_id, id)))
  })
}

/** Disables an account, ending its tokens and sessions, or enables it again. Throws LastAdministrator. */
export async function setDisabled(db: Database, id: number, disabled: boolean): Promise<void> {
  await changeAccount(db, id, function* (tx) {
    yield* run(
      tx
        .update(user)
        .set({ disabled, ...(disabled && { credentials_version: sql`${user.credentials_version} + 1` }) })
        .where(eq(user.id, id))
    )
  })
}

/** Removes an account with its tokens and sessions; the access log keeps its name. Throws LastAdministrator. */
export async function removeAccount(db: Database, id: number): Promise<void> {
  await changeAccount(db, id, function* (tx) {
    // The tokens first, which a rotation locks before it looks at their account: the other way round is a deadlock.
    yield* run(tx.delete(refresh_token).where(eq(refresh_token.user_id, id)))
    yield* run(tx.delete(user).where(eq(user.id, id)))
  })
}

// Two administrators who remove each other at the same moment must leave one: such changes wait for each other, and one
// after which no enabled administrator is left is undone. An administrator of the demo does not stand for a real one.
async function changeAccount(db: Database, id: number, change: (tx: Transaction) => Steps<void>): Promise<void> {
  await atomically(db, function* (tx) {
    yield* db.connection.lock(tx, 'administrators')
    const [account] = yield* run(tx.select({ id: user.id }).from(user).where(eq(user.id, id)))
    if (!account) throw new NotFound('Account')
    const before = yield* administration(tx)
    yield* change(tx)
    if ((yield* administration(tx)) < before) throw new LastAdministrator()
  })
}

// 2: an enabled administrator; 1: only one whose password everybody knows; 0: none.
function* administration(tx: Transaction): Steps<number> {
  const enabled = yield* run(
    tx
      .select({ demo: user.demo })
      .from(user)
      .innerJoin(user_role, eq(user_role.user_id, user.id))
      .innerJoin(role, eq(role.id, user_role.role_id))
      .where(and(eq(user.disabled, false), eq(role.name, ADMIN)))
  )
  if (enabled.length === 0) return 0
  return enabled.some((administrator) => !administrator.demo) ? 2 : 1
}

function* giveRoles(tx: Transaction, user_id: number, names: string[]): Steps<void> {
  const wanted = [...new Set(names)]
  if (wanted.length === 0) return
  const rows = yield* run(tx.select().from(role).where(inArray(role.name, wanted)))
  const unknown = wanted.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0) throw new InvalidInput(`There is no role ${unknown.join(', ')}`)
  yield* run(tx.insert(user_role).values(rows.map(({ id: role_id }) => ({ user_id, role_id }))))
}

/** What a relational query of accounts asks for, and the account made of its row. */
export const asListed = {
  columns: { id: true, username: true, disabled: true, created_at: true, last_login: true },
  with: { roles: { columns: {}, with: { role: { columns: { name: true } } } } }
} as const

export function withRoleNames<Row extends { roles: { role: { name: string } }[] }>(row: Row) {
  return { ...row, roles: row.roles.map((held) => held.role.name).sort() }
}

function acceptPassword(passwords: Passwords, password: string, username: string, field = 'password'): void {
  const problem = passwords.problem(password, username)
  if (problem) throw invalidFields([{ field, message: problem }])
}

function invalidUsername(): Error {
  return invalidFields([
    { field: 'username', message: `must have 1 to ${USERNAME_LENGTH} characters, none of them invisible` }
  ])
}
