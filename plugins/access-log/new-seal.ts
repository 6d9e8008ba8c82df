// Adds an entry to a chain.

import { and, eq } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { access_log_seal } from '../../src/tables/access-log.ts'
import type { NewSeal } from './chain.ts'

/** Adds an entry. If it is there already, the answer to an earlier attempt was lost: no other process has this writer's name. */
export async function insertOnce(db: Database, entry: NewSeal): Promise<void> {
  try {
    await db.insert(access_log_seal).values(entry)
  } catch (error) {
    if (databaseFailure(error) !== 'unique') throw error
    const { writer, sequence, code, ids, kind } = access_log_seal
    const [stored] = await db
      .select({ code, ids, kind })
      .from(access_log_seal)
      .where(and(eq(writer, entry.writer), eq(sequence, entry.sequence)))
    if (stored?.code !== entry.code || stored.ids !== entry.ids || stored.kind !== entry.kind) throw error
  }
}
