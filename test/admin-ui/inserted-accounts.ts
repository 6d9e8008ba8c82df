// Accounts, tokens and web sessions that are inserted as rows. This is quicker than adding them with the forms.

import { randomBytes, randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import { hash } from '@node-rs/argon2'
import { eq, inArray } from 'drizzle-orm'
import { createSessions } from '../../plugins/admin-ui/sessions.ts'
import type { SignInOrigin } from '../../plugins/auth/user-agent.ts'
import type { Database } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { refresh_token, role, user, user_role } from '../../src/tables/account.ts'
import type { TestApp } from '../support/app.ts'
import { type Visitor, visitor } from '../support/pages.ts'

/** The password of every inserted account. Its hash is cheap, because each login computes it again. */
export const PASSWORD = 'eleven purple wagons'
const HASH = await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 })

export const MINUTE = 60_000

/** Inserts an account with PASSWORD and these roles. */
export async function insertAccount({ db }: Pick<TestApp, 'db'>, username: string, ...roles: string[]) {
  const [id = 0] = await insertAccounts(db, [username], roles)
  return { id, username, password: PASSWORD }
}

/** Inserts accounts with PASSWORD and these roles. Returns their ids. */
export async function insertAccounts(db: Database, usernames: string[], roles: string[] = []): Promise<number[]> {
  const added = await db
    .insert(user)
    .values(usernames.map((username) => ({ username, password_hash: HASH, created_at: fromNow() })))
    .returning()
  const held = roles.length === 0 ? [] : await db.select().from(role).where(inArray(role.name, roles))
  if (held.length > 0) {
    await db.insert(user_role).values(added.flatMap(({ id }) => held.map((one) => ({ user_id: id, role_id: one.id }))))
  }
  return added.map(({ id }) => id)
}

/** Inserts refresh tokens of an account, like those of logins. Returns their jti. */
export async function insertTokens(
  db: Database,
  user_id: number,
  tokens: Partial<typeof refresh_token.$inferInsert>[]
): Promise<string[]> {
  const day = 24 * 60 * MINUTE
  const rows = tokens.map((token) => {
    const jti = randomUUID()
    const times = { issued: fromNow(), expiry: fromNow(day), family_expiry: fromNow(day) }
    return { jti, family: jti, user_id, credentials_version: 1, ...times, ...token }
  })
  await db.insert(refresh_token).values(rows)
  return rows.map(({ jti }) => jti)
}

/** Returns a browser with an open session of this account, started from `origin`. */
export async function openAs(
  { app, db, config }: Pick<TestApp, 'app' | 'db' | 'config'>,
  id: number,
  origin: Partial<SignInOrigin> = {}
): Promise<Visitor> {
  const [owner] = await db.select().from(user).where(eq(user.id, id))
  if (!owner) throw new Error('no such account')
  const sessionId = randomBytes(24).toString('base64url')
  const from = { address: '192.0.2.1', user_agent: 'a browser', ...origin }
  await createSessions(db, config).start(sessionId, owner, from)
  const browser = visitor(app, { accept: 'text/html' })
  browser.cookies.set('session', new cookie.Signer(config.secretKey).sign(sessionId))
  return browser
}

/** Inserts an administrator and returns a browser with an open session of this account. */
export async function openAsAdministrator(
  server: Pick<TestApp, 'app' | 'db' | 'config'>,
  username = 'grace'
): Promise<Visitor> {
  return await openAs(server, (await insertAccount(server, username, 'admin')).id)
}
