// Notices: what the next page of a session says, once. They are stored encrypted in the session's row, because one can
// contain a new password. @fastify/flash is not used: it rewrites all notices at once, and so loses one of two that are
// added at the same time.

import { and, eq, isNull } from 'drizzle-orm'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { createSeal } from '../../src/seal.ts'
import { session } from '../../src/tables/account.ts'
import { sessionKey } from './sessions.ts'

/** A sentence, and a password that is shown this once. */
export interface Notice {
  sentence: string
  password?: string
}

/** Returns how notices are added and taken. An `id` is the one in the session's cookie. */
export function createNotices(db: Database, config: Pick<Config, 'secretKey'>) {
  const seal = createSeal(config.secretKey, 'session data')

  /**
   * Changes the notices of a session and returns what they were; none when the session has ended. Another request may
   * change them at the same time, so a change is stored only over the state it was made from, and otherwise repeated.
   */
  async function change(id: string, makeNew: (notices: Notice[]) => Notice[]): Promise<Notice[]> {
    const key = sessionKey(id)
    for (;;) {
      const [row] = await db.select({ data: session.data }).from(session).where(eq(session.id, key))
      if (!row) return []
      const notices: Notice[] = JSON.parse((row.data && seal.open(row.data, key)) || '[]')
      const changed = makeNew(notices)
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
    /** Adds a notice for the next page. */
    async add(id: string, notice: Notice): Promise<void> {
      await change(id, (notices) => [...notices, notice])
    },

    /** Returns the notices and removes them. Of two pages that are opened at the same time, one gets them. */
    async take(id: string): Promise<Notice[]> {
      return await change(id, () => [])
    }
  }
}
