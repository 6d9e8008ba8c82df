// What is known of all chains: where they begin and end.

import { desc, eq, getTableColumns, gt, isNotNull, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { access_log_seal } from '../../src/tables/access-log.ts'
import type { Head, Seal } from './chain.ts'

/** An entry without what it says of its rows. */
export type SealSummary = Omit<Seal, 'ids' | 'digests' | 'previous'>

/** Returns the next entries. Their order is that of their times, except where the clocks of processes differ. */
export async function entriesAfter(db: Database, last: number, limit: number): Promise<Seal[]> {
  const { id } = access_log_seal
  return await db.select().from(access_log_seal).where(gt(id, last)).orderBy(id).limit(limit)
}

/** Returns all entries that do not seal rows of their own process. */
export async function specialSeals(db: Database): Promise<SealSummary[]> {
  const { ids, digests, previous, ...columns } = getTableColumns(access_log_seal)
  // The condition is that of the index.
  return await db.select(columns).from(access_log_seal).where(sql`kind <> 'rows'`).orderBy(access_log_seal.id)
}

/** Returns the writers that have neither ended their chain, nor had it closed by another process. */
export function openChains(seals: SealSummary[]): string[] {
  const ended = new Set<string>()
  for (const { kind, writer, detail } of seals) {
    if (kind === 'end') ended.add(writer)
    if (kind === 'found' && detail) ended.add(JSON.parse(detail).closes)
  }
  const begun = seals.filter(({ kind }) => kind === 'start').map(({ writer }) => writer)
  return [...new Set(begun)].filter((writer) => !ended.has(writer))
}

/** Returns the heads of the chains that have grown since the last starts. Older ones are named by earlier starts. */
export async function headsOf(db: Database, startsBack = 3): Promise<Head[]> {
  const { id, writer, sequence, code } = access_log_seal
  const special = await specialSeals(db)
  const starts = special.filter((entry) => entry.kind === 'start')
  const since = starts.at(-startsBack)?.id ?? 0
  // A chain that had ended by then has not grown.
  const grown = new Set(openChains(special.filter((entry) => entry.id < since)))
  for (const entry of special) if (entry.id >= since) grown.add(entry.writer)
  const heads: Head[] = []
  for (const name of grown) {
    const [head] = await db
      .select({ id, writer, sequence, code })
      .from(access_log_seal)
      .where(eq(writer, name))
      .orderBy(desc(sequence))
      .limit(1)
    if (head && head.id >= since) heads.push({ writer: head.writer, sequence: head.sequence, code: head.code })
  }
  return heads
}

/** Whether entries of the log have codes, so that those without one would prove nothing. */
export async function isSealed(db: Database): Promise<boolean> {
  const { id, code } = access_log_seal
  const rows = await db.select({ id }).from(access_log_seal).where(isNotNull(code)).orderBy(id).limit(1)
  return rows.length > 0
}
