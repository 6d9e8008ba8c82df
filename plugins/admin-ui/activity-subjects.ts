// Whose data the requests of the access log were about.

import { eq } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { access_log } from '../../src/tables/access-log.ts'
import type { LoggedRequest } from '../access-log/search.ts'

/** Returns the row with an id, or undefined. */
export async function readLogged(db: Database, id: number): Promise<LoggedRequest | undefined> {
  const [row] = await db.select().from(access_log).where(eq(access_log.id, id))
  return row
}

/** Returns the subjects of a row. */
export function subjectsOfRow({ subjects }: LoggedRequest): { type: string; id: number }[] {
  const texts = subjects?.trim().split(' ') ?? []
  return texts.map((text) => {
    const [type = '', id = ''] = text.split(':')
    return { type, id: Number(id) }
  })
}

/** Returns how many subjects of each type a row has, and the first of them. */
export function countSubjects(row: LoggedRequest): { type: string; count: number; first: number }[] {
  const byType = Map.groupBy(subjectsOfRow(row), ({ type }) => type)
  return [...byType].map(([type, subjects]) => ({ type, count: subjects.length, first: subjects[0]?.id ?? 0 }))
}
