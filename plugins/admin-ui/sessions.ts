// Web sessions in the database. Only signing in adds a row. Everything later changes or deletes an existing row, so a
// request that is still running cannot bring back a session that has ended.

import { createHash } from 'node:crypto'
import { and, desc, eq, gt, ne, type SQL, sql } from 'drizzle-orm'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { BadCredentials, NotFound } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { role, session, user, user_role } from '../../src/tables/account.ts'
import { recordEvent } from '../auth/account-events.ts'
import type { Principal } from '../auth/accounts.ts'
import { type Actor, actAs } from '../auth/actor.ts'
import type { SignInOrigin } from '../auth/user-agent.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** How many of an account's sessions are listed: the latest. templates/parts.njk says so when there are as many. */
const LISTED = 100

/** A session as the pages list it. Its `key` names it, but does not sign anybody in. */
export interface ListedSession {
  key: string
  created: string
  last_used: string
  expiry: string
  address: string
  user_agent: string
}

export type SessionLimits = Pick<Config, 'sessionIdleMinutes' | 'sessionHours'>

export type Sessions = ReturnType<typeof createSessions>

/** Returns the key of the session with this cookie id: its hash, which is what the database stores. */
export function sessionKey(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

/** Returns the condition that a session, joined with its account, has not ended. */
export function isOpen({ sessionIdleMinutes, demo }: SessionLimits & Pick<Config, 'demo'>): SQL | undefined {
  return and(
    gt(session.expiry, fromNow()),
    gt(session.last_used, fromNow(-sessionIdleMinutes * MINUTE)),
    eq(session.credentials_version, user.credentials_version),
    eq(user.disabled, false),
    demo ? undefined : eq(user.demo, false)
  )
}

/** Returns what can be done with the sessions of a database. An `id` below is the one in the session's cookie. */
export function createSessions(db: Database, config: SessionLimits & Pick<Config, 'demo'>) {
  return {
    /**
     * Starts a session. Takes the account as its password was checked: if the password changes before the session is
     * stored, the session is dead from the start. Throws BadCredentials when the account was deleted.
     */
    async start(id: string, account: { id: number; credentials_version: number }, origin: SignInOrigin): Promise<void> {
      const now = fromNow()
      await db
        .insert(session)
        .values({
          id: sessionKey(id),
          user_id: account.id,
          credentials_version: account.credentials_version,
          created: now,
          last_used: now,
          expiry: fromNow(config.sessionHours * HOUR),
          ...origin
        })
        .catch((error) => {
          throw databaseFailure(error) === 'reference' ? new BadCredentials() : error
        })
    },

    /**
     * Returns whose session this is, and restarts its idle time-out. Undefined when the session has ended: by a time-out,
     * by a new password, or because its account was disabled.
     */
    async open(id: string): Promise<Principal | undefined> {
      const key = sessionKey(id)
      const rows = await db
        .select({ id: user.id, username: user.username, role: role.name })
        .from(session)
        .innerJoin(user, eq(user.id, session.user_id))
        .leftJoin(user_role, eq(user_role.user_id, user.id))
        .leftJoin(role, eq(role.id, user_role.role_id))
        .where(and(eq(session.id, key), isOpen(config)))
      const [first] = rows
      if (!first) return undefined
      await db.update(session).set({ last_used: fromNow() }).where(eq(session.id, key))
      return { id: first.id, username: first.username, roles: rows.flatMap((row) => row.role ?? []) }
    },

    /** Ends a session. Returns false when it had already ended. */
    async end(id: string): Promise<boolean> {
      const ended = await db
        .delete(session)
        .where(eq(session.id, sessionKey(id)))
        .returning({ id: session.id })
      return ended.length > 0
    },

    /** Returns the live sessions of an account, the latest first. */
    async list(user_id: number): Promise<ListedSession[]> {
      return await db
        .select({
          key: session.id,
          created: session.created,
          last_used: session.last_used,
          expiry: session.expiry,
          address: session.address,
          user_agent: session.user_agent
        })
        .from(session)
        .innerJoin(user, eq(user.id, session.user_id))
        .where(and(eq(session.user_id, user_id), isOpen(config)))
        .orderBy(desc(session.created), sql`${session.id}`)
        .limit(LISTED)
    },

    /** Ends all sessions of an account except this one. */
    async endAllBut(user_id: number, id: string, actor: Actor): Promise<void> {
      const others = and(eq(session.user_id, user_id), ne(session.id, sessionKey(id)))
      await actAs(db, actor, async (tx) => {
        await tx.delete(session).where(others)
        await recordEvent(tx, actor.by, { action: 'sessions ended', account_id: user_id })
      })
    },

    /** Ends one of an account's sessions by its key. Throws NotFound when the account has no such session. */
    async endListed(user_id: number, key: string, actor: Actor): Promise<void> {
      const listed = and(eq(session.id, key), eq(session.user_id, user_id))
      const ended = await actAs(db, actor, async (tx) => {
        const rows = await tx.delete(session).where(listed).returning({ user_agent: session.user_agent })
        for (const { user_agent } of rows) {
          const event = { action: 'session ended', account_id: user_id, before: user_agent, after: key }
          await recordEvent(tx, actor.by, event)
        }
        return rows
      })
      if (ended.length === 0) throw new NotFound('Session')
    }
  }
}
