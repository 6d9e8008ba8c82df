// Notices: what the next page of a session says, once, and what it fills into its form. They are stored encrypted in the
// session's row, because one can contain a new password. @fastify/flash is not used: it rewrites all notices at once, and so
// loses one of two that are added at the same time.

import { and, eq, isNull } from 'drizzle-orm'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { createSeal } from '../../src/seal.ts'
import { session } from '../../src/tables/account.ts'
import type { KeptForm } from './kept-forms.ts'
import { sessionKey } from './sessions.ts'

/** A sentence, and a password that is shown this once. */
export interface Notice {
  sentence: string
  password?: string
  /** The section of the page that it belongs to: the one with the button that was pressed. */
  section?: string
}

/** What is stored for the next page. */
type Item = Notice | { form: KeptForm }

/** Returns how notices are added and taken. An `id` is the one in the session's cookie. */
export function createNotices(db: Database, config: Pick<Config, 'secretKey'>) {
  const seal = createSeal(config.secretKey, 'session data')

  /**
   * Changes what is stored for the next page of a session and returns what it was: nothing if the session has ended. Another
   * request may change it at the same time, so a change is stored only over the state it was made from, and otherwise repeated.
   */
  async function change(id: string, makeNew: (items: Item[]) => Item[]): Promise<Item[]> {
    const key = sessionKey(id)
    for (;;) {
      const [row] = await db.select({ data: session.data }).from(session).where(eq(session.id, key))
      if (!row) return []
      const items: Item[] = JSON.parse((row.data && seal.open(row.data, key)) || '[]')
      const changed = makeNew(items)
      if (changed.length === items.length && changed.every((item) => items.includes(item))) return items
      const stored = await db
        .update(session)
        .set({ data: changed.length === 0 ? null : seal.close(JSON.stringify(changed), key) })
        .where(and(eq(session.id, key), row.data === null ? isNull(session.data) : eq(session.data, row.data)))
        .returning({ id: session.id })
      if (stored.length > 0) return items
    }
  }

  return {
    /** Adds a notice for the next page. */
    async add(id: string, notice: Notice): Promise<void> {
      await change(id, (items) => [...items, notice])
    },

    /** Returns the notices and removes them. Of two pages that are opened at the same time, one gets them. */
    async take(id: string): Promise<Notice[]> {
      const isNotice = (item: Item): item is Notice => !('form' in item)
      return (await change(id, (items) => items.filter((item) => !isNotice(item)))).filter(isNotice)
    },

    /** Keeps a form until its page is opened. It replaces the one that was kept before, so a session has at most one. */
    async keepForm(id: string, form: KeptForm): Promise<void> {
      await change(id, (items) => [...items.filter((item) => !('form' in item)), { form }])
    },

    /** Returns the form that is kept for a page, and removes it. */
    async takeForm(id: string, page: string): Promise<KeptForm | undefined> {
      const isIt = (item: Item): item is { form: KeptForm } => 'form' in item && item.form.page === page
      return (await change(id, (items) => items.filter((item) => !isIt(item)))).find(isIt)?.form
    }
  }
}
