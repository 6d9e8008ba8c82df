// Accounts and their roles, tokens, sessions and failed logins.

import { isNull, relations } from 'drizzle-orm'
import { bigId, flag, id, index, instant, integer, primaryKey, reference, table, text } from '../database/columns.ts'

/** The role that may administer users. At least one enabled account always has it. */
export const ADMIN = 'admin'

/** The role that may read the access log, and change nothing. */
export const AUDITOR = 'auditor'

/** The roles that may sign in to the pages. */
export const PAGE_ROLES = [ADMIN, AUDITOR] as const

export type BlockedReason = 'admin' | 'logout' | 'reuse'

export const user = table('user', {
  id: id(),
  username: text().notNull().unique(),
  password_hash: text().notNull(),
  /** Increases when the password changes or the account is disabled. Tokens and sessions of an older version are void. */
  credentials_version: integer().notNull().default(1),
  disabled: flag().notNull().default(false),
  /** An account of the demo, whose password everybody knows. It can sign in only while DEMO is on. */
  demo: flag().notNull().default(false),
  created_at: instant().notNull(),
  last_login: instant()
})

export const role = table('role', {
  id: id(),
  name: text().notNull().unique()
})

export const user_role = table(
  'user_role',
  {
    user_id: reference(() => user.id, 'cascade').notNull(),
    role_id: reference(() => role.id).notNull()
  },
  (columns) => [
    primaryKey({ columns: [columns.user_id, columns.role_id] }),
    index('user_role_role_id').on(columns.role_id)
  ]
)

export const refresh_token = table(
  'refresh_token',
  {
    jti: text().primaryKey(),
    /** No foreign key: an account can have a million tokens, and its deletion must not wait until they are deleted. */
    user_id: integer().notNull(),
    credentials_version: integer().notNull(),
    /** The jti of the token that the login issued. All tokens that were rotated from it have the same family. */
    family: text().notNull(),
    issued: instant().notNull(),
    expiry: instant().notNull(),
    /** The end of the family, however often it is rotated. Until then the row is kept, so that reuse is detected. */
    family_expiry: instant().notNull(),
    /** Whether the family is blocked, and why. Only the first token has it: a family can have a million tokens. */
    blocked: flag().notNull().default(false),
    blocked_reason: text().$type<BlockedReason>(),
    /** How many tokens of the family were issued before this one. */
    rotations: integer().notNull().default(0),
    /** When the token was spent, and the jti of its successor. */
    rotated: instant(),
    child: text(),
    /** When an access token was last issued from it. */
    last_used: instant(),
    /** Where the sign-in or the rotation came from. */
    address: text(),
    user_agent: text()
  },
  (columns) => [
    index('refresh_token_family').on(columns.family),
    index('refresh_token_user_id').on(columns.user_id),
    // The pages list these. An account can have few of them among a million spent ones.
    index('refresh_token_unspent').on(columns.user_id, columns.issued, columns.jti).where(isNull(columns.rotated)),
    index('refresh_token_family_expiry').on(columns.family_expiry)
  ]
)

export type RefreshToken = typeof refresh_token.$inferSelect

/** Deleted accounts that still have tokens. The clean-up deletes them. */
export const deleted_account = table('deleted_account', { id: integer().primaryKey() })

/** Sessions of the pages. The id is a hash of the one in the browser's cookie. */
export const session = table(
  'session',
  {
    id: text().primaryKey(),
    user_id: reference(() => user.id, 'cascade').notNull(),
    credentials_version: integer().notNull(),
    created: instant().notNull(),
    last_used: instant().notNull(),
    /** The end of the session, however much it is used. */
    expiry: instant().notNull(),
    address: text().notNull(),
    user_agent: text().notNull(),
    /** The notices for the next page, encrypted. */
    data: text()
  },
  (columns) => [index('session_user_id').on(columns.user_id), index('session_expiry').on(columns.expiry)]
)

/**
 * Failed logins per name, whether or not an account has it: a row for each address, and one for all addresses together. The
 * key is a keyed hash, because people type passwords as names.
 */
export const login_failure = table(
  'login_failure',
  {
    key: text().primaryKey(),
    /** The account that has the name. Not a reference: a login must not wait for a change of the account. */
    user_id: integer(),
    /** The network of the sender; null in the row for all addresses. */
    network: text(),
    failures: integer().notNull(),
    /** Attempts whose passwords are being checked. */
    pending: integer().notNull().default(0),
    /** How many failures lock the account. */
    allowed: integer().notNull().default(0),
    expiry: instant().notNull()
  },
  (columns) => [index('login_failure_user_id').on(columns.user_id), index('login_failure_expiry').on(columns.expiry)]
)

/** Changes of accounts, their roles, tokens and sessions: who changed what, and from what to what. Never a secret. */
export const account_event = table(
  'account_event',
  {
    id: bigId(),
    time: instant().notNull(),
    /** The name of the account that made the change, or `cli:` and the name of a user of the operating system. */
    actor: text().notNull(),
    actor_id: integer(),
    action: text().notNull(),
    /** No foreign keys: the event outlives the account, and keeps the name that it had. */
    account_id: integer(),
    account_name: text(),
    before: text(),
    after: text(),
    address: text()
  },
  (columns) => [index('account_event_account_id').on(columns.account_id, columns.id)]
)

export const userRelations = relations(user, ({ many }) => ({ roles: many(user_role) }))

export const userRoleRelations = relations(user_role, ({ one }) => ({
  user: one(user, { fields: [user_role.user_id], references: [user.id] }),
  role: one(role, { fields: [user_role.role_id], references: [role.id] })
}))
