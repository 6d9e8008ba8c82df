// Removes rows of the access log that are older than they must be kept. First the chain of seals says what will be removed;
// until then, the database refuses to remove it.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { and, eq, lt, lte, not, or, type SQL, sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../src/database/db.ts'
import { contains, isInList, listValue } from '../../src/database/expressions.ts'
import { atomically } from '../../src/database/transactions.ts'
import { fromNow } from '../../src/instants.ts'
import { access_log, access_log_block, access_log_hold, access_log_seal } from '../../src/tables/access-log.ts'
import { BLOCK, blockOf } from './blocks.ts'
import { type Head, parseIds, type Seal } from './chain.ts'

import { foundUpTo } from './found-rows.ts'
import { entriesAfter, openChains, type SealSummary, specialSeals } from './heads.ts'
import { rowOfCommand } from './row.ts'
import type { Sealer } from './seals.ts'

const DAY = 24 * 60 * 60_000
/** How many entries are read at once. Each seals at most 1,000 rows, which one transaction removes. */
const ENTRIES = 100

/** Returns how many rows are older than so many days, and how many of them are held. */
export async function countOldRows(db: Database, days: number): Promise<{ old: number; held: number }> {
  const isOld = lt(access_log.time, fromNow(-days * DAY))
  const isHeld = await heldRows(db)
  return { old: await db.$count(access_log, isOld), held: isHeld ? await db.$count(access_log, and(isOld, isHeld)) : 0 }
}

/**
 * Removes the rows that are older than so many days, except those of subjects on hold, and returns how many they were. Stops
 * early once `signal` is aborted; the next run goes on. `onProgress` gets the number of rows removed so far.
 */
export async function removeOldRows(
  db: Database,
  sealer: Sealer,
  days: number,
  { signal, onProgress = () => {} }: { signal?: AbortSignal | undefined; onProgress?: (rows: number) => void } = {}
): Promise<number> {
  const before = fromNow(-days * DAY)
  const isHeld = await heldRows(db)
  const special = await specialSeals(db)
  const kept = keptEntries(special)
  const anchors = anchorsIn(special)
  let [removed, lastId] = [0, 0]

  async function remove(old: Seal[]): Promise<void> {
    const removable: Seal[] = []
    for (const entry of old) {
      if (entry.ids === null ? !kept.has(entry.id) : await hasRemovable(db, entry, isHeld)) removable.push(entry)
      await nextTurn() // let waiting requests run
    }
    if (removable.every(({ ids }) => ids === null)) return
    for (const { writer, sequence, code } of removable) {
      if ((anchors.get(writer)?.sequence ?? -1) < sequence) anchors.set(writer, { writer, sequence, code })
    }
    const detail = { anchors: [...anchors.values()], foundUpTo: foundUpTo([...special, ...removable]) }
    await sealer.append('removal', { removed_before: before, detail })
    for (const entry of removable) {
      if (signal?.aborted) return
      removed += await removeEntry(db, sealer, entry, isHeld)
      lastId = Math.max(lastId, entry.last_id ?? 0)
      onProgress(removed)
      await nextTurn()
    }
  }

  // Entries of held rows are as old as their rows, but stand where they were added.
  const { kind, time } = access_log_seal
  await remove(
    await db
      .select()
      .from(access_log_seal)
      .where(and(sql`kind <> 'rows'`, eq(kind, 'held'), lt(time, before)))
  )
  for (let last = 0; !signal?.aborted; ) {
    const page = await entriesAfter(db, last, ENTRIES)
    const old = page.filter((entry) => entry.time < before && entry.kind !== 'held')
    last = page.at(-1)?.id ?? last
    if (old.length === 0) break
    await remove(old)
  }
  if (removed > 0) await removeSummaries(db, lastId)
  return removed
}

/** Does it as a job of the server. Unless `days` is given, rows are kept for ever. The removal has a row of its own. */
export async function removeOldLogRows(
  { db, accessLog }: FastifyInstance,
  days: number | undefined,
  signal: AbortSignal
): Promise<number> {
  if (days === undefined) return 0
  const removed = await removeOldRows(db, accessLog.sealer, days, { signal })
  if (removed > 0) await accessLog.write(rowOfCommand('server', `/access-log/remove/${removed}`, 'delete'))
  return removed
}

/** Returns the condition that a row is about a subject on hold, or undefined when there is none. */
async function heldRows(db: Database): Promise<SQL | undefined> {
  const holds = await db.select().from(access_log_hold)
  return or(...holds.map(({ subject }) => sql`coalesce(${contains(access_log.subjects, ` ${subject} `)}, false)`))
}

const isSealedBy = ({ ids }: Seal) => isInList(access_log.id, sql.param(listValue(ids === null ? [] : parseIds(ids))))

/** Whether an entry seals rows that nobody holds. */
async function hasRemovable(db: Database, entry: Seal, isHeld: SQL | undefined): Promise<boolean> {
  const [row] = await db
    .select({ id: access_log.id })
    .from(access_log)
    .where(and(isSealedBy(entry), isHeld && not(isHeld)))
    .limit(1)
  return row !== undefined
}

/** Removes an entry with its rows, and returns how many they were. Rows that somebody holds get an entry of their own before. */
async function removeEntry(db: Database, sealer: Sealer, entry: Seal, isHeld: SQL | undefined): Promise<number> {
  const held = isHeld
    ? await db
        .select()
        .from(access_log)
        .where(and(isSealedBy(entry), isHeld))
    : []
  if (held.length > 0) await sealer.addOthers('held', held)
  const stay =
    held.length > 0 ? not(isInList(access_log.id, sql.param(listValue(held.map(({ id }) => id))))) : undefined
  return await atomically(db, async (tx) => {
    const rows = await tx
      .delete(access_log)
      .where(and(isSealedBy(entry), stay))
      .returning({ id: access_log.id })
    await tx.delete(access_log_seal).where(eq(access_log_seal.id, entry.id))
    return rows.length
  })
}

/**
 * Returns the ids of entries that are never removed: the first, which says where the log began to be sealed, and the starts of
 * chains without an end.
 */
function keptEntries(special: SealSummary[]): Set<number> {
  const open = new Set(openChains(special))
  const starts = special.filter(({ kind }) => kind === 'start')
  return new Set(starts.filter(({ writer }, index) => index === 0 || open.has(writer)).map(({ id }) => id))
}

/** Returns the last entry that was removed from each chain, so that those that remain can be followed from there. */
export function anchorsIn(special: SealSummary[]): Map<string, Head> {
  const anchors = new Map<string, Head>()
  for (const { kind, detail } of special) {
    const heads: Head[] = kind === 'removal' ? (JSON.parse(detail ?? '{}').anchors ?? []) : []
    for (const head of heads) {
      if ((anchors.get(head.writer)?.sequence ?? -1) < head.sequence) anchors.set(head.writer, head)
    }
  }
  return anchors
}

/** Removes the summaries of blocks whose rows are all gone. */
async function removeSummaries(db: Database, lastId: number): Promise<void> {
  const { block } = access_log_block
  const kept = await db
    .selectDistinct({ block: sql<number>`${access_log.id} / ${sql.raw(String(BLOCK))}` })
    .from(access_log)
    .where(lte(access_log.id, lastId))
  const isKept = isInList(block, sql.param(listValue(kept.map((row) => Number(row.block)))))
  await db.delete(access_log_block).where(and(lt(block, blockOf(lastId)), not(isKept)))
}
