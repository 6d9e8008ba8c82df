// Rows that no seal covers: those of a process that was killed within the last second before its end, and those from before
// there were seals. A process that is running seals them.

import { and, asc, desc, eq, gt, isNotNull, lte, max, type SQL } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { access_log, access_log_seal } from '../../src/tables/access-log.ts'
import type { Seal } from './chain.ts'
import { openChains, type SealSummary, specialSeals } from './heads.ts'

const BATCH = 1_000
/** A process that lives has sealed a row after so many milliseconds. */
const LEFT_AFTER = 60_000
/** A process that lives adds an entry at least once within so many milliseconds, also when it has no rows. */
const ALIVE_WITHIN = 300_000
/** A chain without a new entry for so many milliseconds is not looked at again. */
const FORGOTTEN_AFTER = 3 * ALIVE_WITHIN

/** Seals the rows that nobody else will seal, and returns how many they were. Stops early once `signal` is aborted. */
export async function sealFoundRows(app: FastifyInstance, signal: AbortSignal): Promise<number> {
  const seals = await specialSeals(app.db)
  let sealed = await sealOldRows(app, seals, signal)
  const { writer: own, sealer } = app.accessLog
  const [newestOwn] = await lastSeals(app.db, eq(access_log_seal.writer, own))
  if (newestOwn && newestOwn.time < fromNow(-ALIVE_WITHIN)) await sealer.append('rows', {})
  for (const writer of openChains(seals)) {
    if (writer === own || signal.aborted) continue
    const rows = await sealRowsOf(app, writer, signal)
    if (rows > 0) app.log.warn({ writer, rows }, 'sealed rows of the access log that an ended process had left')
    const [last] = await lastSeals(app.db, eq(access_log_seal.writer, writer))
    if (rows === 0 && last && last.time < fromNow(-FORGOTTEN_AFTER)) {
      await sealer.append('found', { detail: { closes: writer } })
    }
    sealed += rows
  }
  const [newest] = await app.db.select({ id: max(access_log.id) }).from(access_log)
  await sealer.summaries.addMissing(Number(newest?.id ?? 0), signal)
  return sealed
}

/** Returns the id of the last row that a chain has sealed itself, or of the last row before its start. */
export async function lastSealedOf(db: Database, writer: string): Promise<number> {
  const isOwn = and(eq(access_log_seal.writer, writer), isNotNull(access_log_seal.last_id))
  const [last] = await lastSeals(db, and(isOwn, eq(access_log_seal.kind, 'rows')))
  const [start] = last ? [] : await lastSeals(db, and(isOwn, eq(access_log_seal.kind, 'start')))
  return (last ?? start)?.last_id ?? 0
}

async function lastSeals(db: Database, condition: SQL | undefined): Promise<Seal[]> {
  return await db.select().from(access_log_seal).where(condition).orderBy(desc(access_log_seal.sequence)).limit(1)
}

/** Returns the id of the last row that was there before the first chain. */
export function lastRowBeforeSeals(seals: SealSummary[]): number {
  return seals.find(({ kind }) => kind === 'start')?.last_id ?? 0
}

/**
 * Returns up to which id rows from before the first chain have been sealed. Removals repeat it, because they remove the entries
 * that say so: a row that is added below that id must not be sealed as an old one.
 */
export function foundUpTo(seals: SealSummary[]): number {
  const last = lastRowBeforeSeals(seals)
  const found = seals.map(({ kind, last_id, detail }) => {
    if (kind === 'removal') return JSON.parse(detail ?? '{}').foundUpTo ?? 0
    return kind === 'found' && last_id !== null && last_id <= last ? last_id : 0
  })
  return Math.max(0, ...found)
}

/** Seals the rows that were there before the first chain. */
async function sealOldRows(
  { db, log, accessLog }: FastifyInstance,
  seals: SealSummary[],
  signal: AbortSignal
): Promise<number> {
  const last = lastRowBeforeSeals(seals)
  let place = foundUpTo(seals)
  let sealed = 0
  while (!signal.aborted) {
    const rows = await db
      .select()
      .from(access_log)
      .where(and(gt(access_log.id, place), lte(access_log.id, last)))
      .orderBy(asc(access_log.id))
      .limit(BATCH)
    if (rows.length === 0) break
    if (sealed === 0) log.info('older rows of the access log are being sealed')
    await accessLog.sealer.addOthers('found', rows)
    sealed += rows.length
    place = rows.at(-1)?.id ?? last
  }
  return sealed
}

async function sealRowsOf({ db, accessLog }: FastifyInstance, writer: string, signal: AbortSignal): Promise<number> {
  const { id, instance, time } = access_log
  let place = await lastSealedOf(db, writer)
  for (let sealed = 0; ; ) {
    const rows = await db
      .select()
      .from(access_log)
      .where(and(gt(id, place), eq(instance, writer), lte(time, fromNow(-LEFT_AFTER))))
      .orderBy(asc(id))
      .limit(BATCH)
    const isLast = rows.length < BATCH
    if (rows.length > 0) await accessLog.sealer.addOthers('found', rows, isLast ? { closes: writer } : undefined)
    sealed += rows.length
    place = rows.at(-1)?.id ?? place
    if (isLast || signal.aborted) return sealed
  }
}
