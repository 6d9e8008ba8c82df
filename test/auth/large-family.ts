// A family of refresh tokens with very many rotations, which would take hours to make by rotating.

import { eq, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { refresh_token } from '../../src/tables/account.ts'

/** How many rows one statement inserts, so that it stays within the time that PostgreSQL has for it. */
const BATCH = 10_000

/** Copies a spent refresh token `count` times into its family. */
export async function addSpentTokens(db: Database, jti: string, count: number): Promise<void> {
  const { jti: _, ...copied } = getTableColumns(refresh_token)
  const columns = sql.join([sql`${jti} || '-' || counter.n`, ...Object.values(copied)], sql`, `)
  for (let first = 1; first <= count; first += BATCH) {
    const last = Math.min(first + BATCH - 1, count)
    const numbers = sql`with recursive counter(n) as (select ${first} + 0 union all select n + 1 from counter where n < ${last})`
    await db
      .insert(refresh_token)
      .select(
        sql`select ${columns} from ${refresh_token}, (${numbers} select n from counter) as counter where ${eq(refresh_token.jti, jti)}`
      )
  }
}
