// Helpers for tests of the database layer.

import { asc } from 'drizzle-orm'
import type { Database, Transaction } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { part } from '../support/part/table.ts'
import { sample } from '../support/sample/table.ts'

/** Returns the names of all samples, sorted. */
export async function namesOf(db: Database): Promise<string[]> {
  const rows = await db.select({ name: sample.name }).from(sample).orderBy(asc(sample.name))
  return rows.map((row) => row.name)
}

/** Resolves in a later turn of the event loop, after other requests could run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Inserts a part of a sample that does not exist, which violates a foreign key. */
export async function insertOrphan(db: Database | Transaction): Promise<void> {
  await db.insert(part).values({ sample_id: 4711, label: 'x', seen_at: fromNow(), amount: 1, done: false })
}

/** Returns the path of the SQLite file that an environment names. */
export function sqliteFile(env: Record<string, string>): string {
  return (env.DATABASE_URL ?? '').replace('file:', '')
}
