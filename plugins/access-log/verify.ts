// Checks the access log against its seals: whether every row is as it was written, none is missing, and none was added.

import { and, asc, count, eq, gt, max, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { isInList, listValue } from '../../src/database/expressions.ts'
import { access_log, access_log_block, access_log_seal } from '../../src/tables/access-log.ts'
import { blockOf } from './blocks.ts'
import { createLookup } from './bloom-filter.ts'
import { codeOf, DIGEST_LENGTH, digestOf, type Head, parseIds, type Seal } from './chain.ts'
import { foundUpTo, lastRowBeforeSeals, lastSealedOf, openChains } from './found-rows.ts'
import { createIdSet } from './id-set.ts'
import { keysOf } from './keys.ts'
import type { NumberedRow } from './row.ts'
import { specialSeals } from './seals.ts'

/** How many entries, and how many ids, are read at once. */
const ENTRIES = 200
const IDS = 10_000

/** Something that must not be. `id`: the row, if it is about one. */
export interface Finding {
  id?: number
  text: string
}

export interface Verification {
  rows: number
  entries: number
  /** Those about rows come first, in the order of their ids. */
  findings: Finding[]
  /** The newest rows, whose seals are still to come. */
  unsealed: number
}

interface Options {
  key: string
  /** Heads of chains that were kept elsewhere. */
  heads?: Head[]
  /** Gets how many rows of how many have been checked. */
  onProgress?: (done: number, total: number) => void
}

/** Checks the whole log. The server can go on writing meanwhile. */
export async function verifyLog(
  db: Database,
  { key, heads = [], onProgress = () => {} }: Options
): Promise<Verification> {
  const findings: Finding[] = []
  const report = (text: string, id?: number) => findings.push(id === undefined ? { text } : { id, text })
  const special = await specialSeals(db)
  const removed = await removals(db, key)
  const [log] = await db.select({ rows: count(), last: max(access_log.id) }).from(access_log)
  const total = Number(log?.rows ?? 0)
  const sealed = createIdSet()
  const chains = new Map<string, Head>()
  let [entries, rows, firstCoded] = [0, 0, Number.POSITIVE_INFINITY]

  for (let last = 0; ; ) {
    const page = await entriesAfter(db, last)
    for (const entry of page) {
      entries++
      if (entry.code !== null) firstCoded = Math.min(firstCoded, entry.id)
      checkEntry(entry)
      if (entry.kind === 'start') for (const head of startHeads(entry)) await checkHead(head)
      if (entry.ids !== null) await checkRows(entry)
      chains.set(entry.writer, entry)
    }
    last = page.at(-1)?.id ?? last
    if (page.length < ENTRIES) break
  }
  if (firstCoded === Number.POSITIVE_INFINITY && entries > 0) report('No seal was made with an ACCESS_LOG_KEY')
  for (const head of heads) await checkHead(head)
  const unsealed = await checkUnsealed()
  findings.sort((one, other) => (one.id ?? Number.MAX_VALUE) - (other.id ?? Number.MAX_VALUE))
  return { rows: total, entries, findings, unsealed }

  function checkEntry(entry: Seal): void {
    const name = `Seal ${entry.sequence} of ${entry.writer}`
    if (entry.code === null) {
      if (entry.id > firstCoded) report(`${name} was made without a key`)
    } else if (codeOf(entry, key) !== entry.code) report(`${name} was changed, or made with another key`)
    const before = chains.get(entry.writer)
    const expected = (before?.sequence ?? -1) + 1
    const anchor = removed.anchors.get(entry.writer)
    if (entry.sequence === expected) {
      if (entry.previous !== (before?.code ?? null)) report(`${name} does not continue the seal before it`)
    } else if (entry.sequence < expected) report(`${name} is there twice`)
    else if (!anchor || anchor.sequence < entry.sequence - 1) {
      report(`Seals ${expected} to ${entry.sequence - 1} of ${entry.writer} were removed, with the rows that they seal`)
    } else if (anchor.sequence === entry.sequence - 1 && anchor.code !== entry.previous) {
      report(`${name} does not continue the seal before it, which was removed`)
    }
  }

  /** Checks that an entry that was the last of a chain is still there, or was removed because of its age. */
  async function checkHead({ writer, sequence, code }: Head): Promise<void> {
    const anchor = removed.anchors.get(writer)
    if (anchor && anchor.sequence >= sequence) return
    const isIt = and(eq(access_log_seal.writer, writer), eq(access_log_seal.sequence, sequence))
    const [entry] = await db.select().from(access_log_seal).where(isIt)
    if (!entry) report(`The chain of ${writer} was cut off before its seal ${sequence}, with the rows that followed`)
    else if (entry.code !== code) report(`Seal ${sequence} of ${writer} was replaced`)
  }

  async function checkRows({ ids: text, digests, time }: Seal): Promise<void> {
    const ids = parseIds(text ?? '')
    const stored = await db
      .select()
      .from(access_log)
      .where(isInList(access_log.id, sql.param(listValue(ids))))
    const byId = new Map(stored.map((row) => [row.id, row]))
    const unchanged: NumberedRow[] = []
    for (const [index, id] of ids.entries()) {
      sealed.add(id)
      const row = byId.get(id)
      const digest = digests?.slice(index * DIGEST_LENGTH, (index + 1) * DIGEST_LENGTH)
      if (!row) {
        if (time >= removed.before) report(`Row ${id} was removed`, id)
      } else if (digest && digest !== digestOf(row)) report(`Row ${id} was changed`, id)
      else unchanged.push(row)
    }
    await checkSummaries(unchanged)
    rows += stored.length
    onProgress(Math.min(rows, total), total)
  }

  /** Whether searches find the rows: a summary that lacks their keys would hide them. */
  async function checkSummaries(stored: NumberedRow[]): Promise<void> {
    for (const [block, inBlock] of Map.groupBy(stored, ({ id }) => blockOf(id))) {
      const [summary] = await db.select().from(access_log_block).where(eq(access_log_block.block, block))
      if (!summary) continue // its rows are read one by one
      const has = createLookup(summary.keys)
      for (const row of inBlock) {
        const isWithin = row.time >= summary.first_time && row.time <= summary.last_time
        if (!isWithin || !keysOf(row).every(has))
          report(`Row ${row.id} is not found by searches: its block was changed`, row.id)
      }
    }
  }

  /** Looks for rows without a seal. Some are still to be sealed; the others nobody of ours has written. */
  async function checkUnsealed(): Promise<number> {
    const open = new Map<string, number>()
    for (const writer of openChains(special)) open.set(writer, await lastSealedOf(db, writer))
    const oldRows = lastRowBeforeSeals(special)
    let unsealed = 0
    for (let last = 0; last < Number(log?.last ?? 0); ) {
      const page = await db
        .select({ id: access_log.id, instance: access_log.instance })
        .from(access_log)
        .where(gt(access_log.id, last))
        .orderBy(asc(access_log.id))
        .limit(IDS)
      for (const { id, instance } of page) {
        if (sealed.has(id)) continue
        const isToCome =
          (id <= oldRows && id > foundUpTo(special)) || id > (open.get(instance ?? '') ?? Number.POSITIVE_INFINITY)
        if (isToCome) unsealed++
        else report(`Row ${id} was inserted: no seal knows it`, id)
      }
      last = page.at(-1)?.id ?? Number.MAX_SAFE_INTEGER
    }
    return unsealed
  }
}

async function entriesAfter(db: Database, last: number): Promise<Seal[]> {
  const { id } = access_log_seal
  return await db.select().from(access_log_seal).where(gt(id, last)).orderBy(asc(id)).limit(ENTRIES)
}

function startHeads({ detail }: Pick<Seal, 'detail'>): Head[] {
  return detail === null ? [] : (JSON.parse(detail).heads ?? [])
}

/** What the log says was removed because of its age. A removal whose code is wrong does not count. */
export async function removals(db: Database, key: string): Promise<{ before: string; anchors: Map<string, Head> }> {
  const stored = await db.select().from(access_log_seal).where(sql`kind <> 'rows' and kind = 'removal'`)
  const last = stored.filter((entry) => entry.code === null || codeOf(entry, key) === entry.code).at(-1)
  const anchors: Head[] = last ? JSON.parse(last.detail ?? '{}').anchors : []
  return { before: last?.removed_before ?? '', anchors: new Map(anchors.map((anchor) => [anchor.writer, anchor])) }
}
