// Rows of which this process does not know whether they were committed: the connection broke before the answer came.

import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { isInList, listValue } from '../../src/database/expressions.ts'
import { access_log } from '../../src/tables/access-log.ts'
import { SETTLED_AFTER } from './blocks.ts'
import { digestOf } from './chain.ts'
import type { NumberedRow } from './row.ts'

/** How many are kept at most. In an outage the first ones count: nothing is committed once the database is away. */
const PLACES = 10_000
/** How many are looked up at once. */
const BATCH = 1_000

type Doubtful = { row: NumberedRow; after: number; since: number }

/** Returns the place where the doubtful rows of `writer` wait. */
export function createDoubtfulRows(db: Database, writer: string) {
  let waiting: Doubtful[] = []

  async function readRows(batch: Doubtful[]): Promise<NumberedRow[]> {
    const { id, instance, request_id } = access_log
    const place = Math.min(...batch.map(({ after }) => after))
    const isOne = isInList(request_id, sql.param(listValue(batch.map(({ row }) => row.request_id))))
    return await db
      .select()
      .from(access_log)
      .where(and(gt(id, place), eq(instance, writer), isOne))
      .orderBy(asc(id))
  }

  return {
    /** Takes rows whose ids, if they have any, are higher than `after`. */
    add(rows: NumberedRow[], after: number): void {
      const since = Date.now()
      for (const row of rows) if (waiting.length < PLACES) waiting.push({ row, after, since })
    },

    /** Whether rows are left that can still turn out to be committed. */
    areLeft: () => waiting.length > 0,

    /** Returns rows that are in the database by now, by id. Forgets them, and those that cannot get there any more. */
    async take(): Promise<NumberedRow[]> {
      const batch = waiting.slice(0, BATCH)
      if (batch.length === 0) return []
      const settled = Date.now() - SETTLED_AFTER
      const byRequest = Map.groupBy(batch, ({ row }) => row.request_id)
      const found = new Map<Doubtful, NumberedRow>()
      for (const stored of await readRows(batch)) {
        // Compared whole, because somebody else can have added a row in the name of this process.
        const isIt = ({ row }: Doubtful) => digestOf({ ...row, id: stored.id }) === digestOf(stored)
        const one = byRequest.get(stored.request_id)?.find((doubtful) => !found.has(doubtful) && isIt(doubtful))
        if (one) found.set(one, stored)
      }
      const decided = new Set(batch.filter((one) => found.has(one) || one.since <= settled))
      waiting = waiting.filter((one) => !decided.has(one))
      return [...found.values()]
    }
  }
}
