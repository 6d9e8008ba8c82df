// Whose data the requests of the access log were about.

import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { access_log, access_log_subject } from '../../src/tables/access-log.ts'
import type { Place } from '../access-log/search.ts'

/** Returns the row at a place, and its subjects in the order of their ids, at most `limit`. */
export async function readLogged(db: Database, { time, id }: Place, limit: number) {
  const [row] = await db
    .select()
    .from(access_log)
    .where(and(eq(access_log.id, id), eq(access_log.time, time)))
  if (!row) return undefined
  const { type, subject_id, log_id } = access_log_subject
  const subjects = await db
    .select({ type, id: subject_id })
    .from(access_log_subject)
    .where(eq(log_id, id))
    .orderBy(type, subject_id)
    .limit(limit)
  return { row, subjects }
}

/** Returns how many subjects of a type each of these rows has, and the one with the lowest id. */
export async function countSubjects(db: Database, rows: { id: number }[]) {
  const { type, subject_id, log_id } = access_log_subject
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  return await db
    .select({ log_id, type, count: sql<number>`cast(count(*) as integer)`, first: sql<number>`min(${subject_id})` })
    .from(access_log_subject)
    .where(inArray(log_id, ids))
    .groupBy(log_id, type)
}
