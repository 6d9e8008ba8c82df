// Who may sign in, with which roles, and the tokens and sessions they hold.

import { relations } from 'drizzle-orm'
import { flag, id, index, instant, integer, primaryKey, reference, table, text } from '../columns.ts'

export const user = table('user', {
  id: id(),
  username: text().notNull().unique(),
  password_hash: text().notNull(),
  /** Counted up when the password changes or the account is disabled: what was issued before is void. */
  credentials_version: integer().notNull().default(1),
  disabled: flag().notNull().default(false),
  /** An account of the sample data, whose password everybody knows: it can sign in only while DEMO is on. */
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
    user_id: reference(() => user.id, 'cascade').notNull(),
    credentials_version: integer().notNull(),
    /** The jti of the token that the login gave: all that were rotated from it belong together. */
    family: text().notNull(),
    issued: instant().notNull(),
    expiry: instant().notNull(),
    /** Rotation never carries a family beyond this. The row is kept until then, so that reuse is still noticed. */
    family_expiry: instant().notNull(),
    blocked: flag().notNull().default(false),
    blocked_reason: text().$type<'admin' | 'logout' | 'reuse'>(),
    /** Set when the token is spent: when that was, and the token that took its place. */
    rotated: instant(),
    child: text(),
    /** When an access token was last asked for with it; and from where, and by what program, it was issued. */
    last_used: instant(),
    address: text(),
    client: text()
  },
  (columns) => [
    index('refresh_token_family').on(columns.family),
    index('refresh_token_user_id').on(columns.user_id),
    index('refresh_token_family_expiry').on(columns.family_expiry)
  ]
)

/** Sessions of the pages. Of the id in the browser's cookie only the hash is kept. */
export const session = table(
  'session',
  {
    id: text().primaryKey(),
    user_id: reference(() => user.id, 'cascade').notNull(),
    credentials_version: integer().notNull(),
    created: instant().notNull(),
    last_used: instant().notNull(),
    /** The end that no use puts off. */
    expiry: instant().notNull(),
    address: text().notNull(),
    client: text().notNull(),
    /** What the pages remember between two clicks, encrypted. */
    data: text()
  },
  (columns) => [index('session_user_id').on(columns.user_id), index('session_expiry').on(columns.expiry)]
)

/** Failed logins per account, also of names that no account has; the key is a hash, for people type passwords as names. */
export const login_failure = table(
  'login_failure',
  {
    key: text().primaryKey(),
    failures: integer().notNull(),
    expiry: instant().notNull()
  },
  (columns) => [index('login_failure_expiry').on(columns.expiry)]
)

export const userRelations = relations(user, ({ many }) => ({ roles: many(user_role) }))

export const userRoleRelations = relations(user_role, ({ one }) => ({
  user: one(user, { fields: [user_role.user_id], references: [user.id] }),
  role: one(role, { fields: [user_role.role_id], references: [role.id] })
}))
