// Web sessions in the database. Signing in adds the row, and nothing else does: what is kept later only changes a row
// that is still there, so that no request under way brings back a session that has ended.

import { createHash } from 'node:crypto'
import { and, desc, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { Principal } from './accounts.ts'
import type { Client } from './client.ts'
import type { Config } from './config.ts'
import { type Database, databaseFailure } from './db.ts'
import { BadCredentials, NotFound } from './errors.ts'
import { fromNow } from './instants.ts'
import { createSeal } from './seal.ts'
import { role, session, user, user_role } from './tables/account.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** How many of an account's sessions are listed: the latest. templates/parts.njk says so when there are as many. */
const LISTED = 100

/** What the next page of a session tells: a sentence, and a password that is shown this once. */
export interface Notice {
  sentence: string
  password?: string
}

/** A session as it is listed; its `key` names it, and cannot be used in its place. */
export interface ListedSession {
  key: string
  created: string
  last_used: string
  expiry: string
  address: string
  client: string
}

export type Sessions = ReturnType<typeof createSessions>

/** The sessions of a database, with the time-outs of the configuration. */
export function createSessions(
  db: Database,
  config: Pick<Config, 'sessionIdleMinutes' | 'sessionHours' | 'secretKey' | 'demo'>
) {
  const seal = createSeal(config.secretKey, 'session data')

  function isLive(): SQL | undefined {
    return and(
      gt(session.expiry, fromNow()),
      gt(session.last_used, fromNow(-config.sessionIdleMinutes * MINUTE)),
      eq(session.credentials_version, user.credentials_version),
      eq(user.disabled, false),
      config.demo ? undefined : eq(user.demo, false)
    )
  }

  /**
   * Changes what a session is to tell and gives what it was, or nothing when the session has ended. Another request may
   * be doing the same: a change is stored over the state that it was made of, and else made again.
   */
  async function change(key: string, by: (notices: Notice[]) => Notice[]): Promise<Notice[]> {
    for (;;) {
      const [row] = await db.select({ data: session.data }).from(session).where(eq(session.id, key))
      if (!row) return []
      const notices: Notice[] = JSON.parse((row.data && seal.open(row.data, key)) || '[]')
      const changed = by(notices)
      if (notices.length === 0 && changed.length === 0) return []
      const stored = await db
        .update(session)
        .set({ data: changed.length === 0 ? null : seal.close(JSON.stringify(changed), key) })
        .where(and(eq(session.id, key), row.data === null ? isNull(session.data) : eq(session.data, row.data)))
        .returning({ id: session.id })
      if (stored.length > 0) return notices
    }
  }

  return {
    /**
     * Starts a session. Takes the id of its cookie, and the account with the version of the credentials that were
     * checked: should the password change meanwhile, the session is dead from the start. Throws BadCredentials when the
     * account has just gone.
     */
    async start(id: string, account: { id: number; credentials_version: number }, client: Client): Promise<void> {
      const now = fromNow()
      await db
        .insert(session)
        .values({
          id: keyOf(id),
          user_id: account.id,
          credentials_version: account.credentials_version,
          created: now,
          last_used: now,
          expiry: fromNow(config.sessionHours * HOUR),
          ...client
        })
        .catch((error) => {
          throw databaseFailure(error) === 'reference' ? new BadCredentials() : error
        })
    },

    /**
     * Whose session this is, and puts off its idle time-out. Undefined when it has ended: by a time-out, or with the
     * password or the state of its account.
     */
    async open(id: string): Promise<Principal | undefined> {
      const key = keyOf(id)
      const rows = await db
        .select({ id: user.id, username: user.username, role: role.name })
        .from(session)
        .innerJoin(user, eq(user.id, session.user_id))
        .leftJoin(user_role, eq(user_role.user_id, user.id))
        .leftJoin(role, eq(role.id, user_role.role_id))
        .where(and(eq(session.id, key), isLive()))
      const [first] = rows
      if (!first) return undefined
      await db.update(session).set({ last_used: fromNow() }).where(eq(session.id, key))
      return { id: first.id, username: first.username, roles: rows.flatMap((row) => row.role ?? []) }
    },

    /** Adds to what the next page of a session tells. */
    async tell(id: string, notice: Notice): Promise<void> {
      await change(keyOf(id), (notices) => [...notices, notice])
    },

    /** What the next page of a session is to tell. Given once: of two pages asked for at once, one has it. */
    async told(id: string): Promise<Notice[]> {
      return await change(keyOf(id), () => [])
    },

    /** Ends a session; gives false when it had ended before. Takes the id of its cookie. */
    async end(id: string): Promise<boolean> {
      const ended = await db
        .delete(session)
        .where(eq(session.id, keyOf(id)))
        .returning({ id: session.id })
      return ended.length > 0
    },

    /** The live sessions of an account, the latest first. */
    async list(user_id: number): Promise<ListedSession[]> {
      return await db
        .select({
          key: session.id,
          created: session.created,
          last_used: session.last_used,
          expiry: session.expiry,
          address: session.address,
          client: session.client
        })
        .from(session)
        .innerJoin(user, eq(user.id, session.user_id))
        .where(and(eq(session.user_id, user_id), isLive()))
        .orderBy(desc(session.created), sql`${session.id}`)
        .limit(LISTED)
    },

    /** Ends the sessions of an account, except the one with this cookie's id. */
    async endAllBut(user_id: number, id: string): Promise<void> {
      await db.delete(session).where(and(eq(session.user_id, user_id), ne(session.id, keyOf(id))))
    },

    /** Ends one of an account's sessions. Throws NotFound when it has none of this key. */
    async endListed(user_id: number, key: string): Promise<void> {
      const ended = await db
        .delete(session)
        .where(and(eq(session.id, key), eq(session.user_id, user_id)))
        .returning({ id: session.id })
      if (ended.length === 0) throw new NotFound('Session')
    },

    /** The key under which a session is listed. Takes the id of its cookie. */
    keyOf
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
