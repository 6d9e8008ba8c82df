// Checks rows of the access log against the entries that seal them.

import { asc, eq, gt, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { isInList, listValue } from '../../src/database/expressions.ts'
import { access_log, access_log_block } from '../../src/tables/access-log.ts'
import { blockOf } from './blocks.ts'
import { createLookup } from './bloom-filter.ts'
import { areIds, DIGEST_LENGTH, digestOf, parseIds, type Seal } from './chain.ts'
import { createIdSet } from './id-set.ts'
import { keysOf } from './keys.ts'
import type { NumberedRow } from './row.ts'

/** How many rows are looked at together for those without a seal. */
const IDS = 10_000

export type UnsealedRow = Pick<typeof access_log.$inferSelect, 'id' | 'instance' | 'time'>
export type Report = (text: string, id?: number) => void

/** Returns what checks the rows of entries, and finds those that no entry seals. */
export function createRowChecks(db: Database, report: Report) {
  const sealed = createIdSet()

  /** Checks the rows that an entry seals, and returns how many of them there are. */
  async function checkRows({ writer, sequence, ids: text, digests }: Seal): Promise<number> {
    const name = `Seal ${sequence} of ${writer}`
    if (text === null) return 0
    if (!areIds(text)) {
      report(`${name} has no list of ids`)
      return 0
    }
    const ids = parseIds(text)
    if (digests !== null && digests.length !== ids.length * DIGEST_LENGTH) {
      report(`${name} has not one digest for each row`)
    }
    const isOne = isInList(access_log.id, sql.param(listValue(ids)))
    const stored = await db.select().from(access_log).where(isOne)
    const byId = new Map(stored.map((row) => [row.id, row]))
    if (byId.size < stored.length) report(`${name} seals a row that is there twice`)
    const unchanged: NumberedRow[] = []
    for (const [index, id] of ids.entries()) {
      sealed.add(id)
      const row = byId.get(id)
      const digest = digests?.slice(index * DIGEST_LENGTH, (index + 1) * DIGEST_LENGTH)
      if (!row) report(`Row ${id} was removed`, id)
      else if (digest && digest !== digestOf(row)) report(`Row ${id} was changed`, id)
      else unchanged.push(row)
    }
    await checkSummaries(unchanged)
    return byId.size
  }

  /** Whether searches find the rows: a summary that lacks their keys would hide them. */
  async function checkSummaries(rows: NumberedRow[]): Promise<void> {
    for (const [block, inBlock] of Map.groupBy(rows, ({ id }) => blockOf(id))) {
      const [summary] = await db.select().from(access_log_block).where(eq(access_log_block.block, block))
      if (!summary) continue // its rows are read one by one
      const has = createLookup(summary.keys)
      for (const row of inBlock) {
        const isWithin = row.time >= summary.first_time && row.time <= summary.last_time
        if (isWithin && keysOf(row).every(has)) continue
        report(`Row ${row.id} is not found by searches: the summary of its block was changed`, row.id)
      }
    }
  }

  /** Returns the rows that no entry seals of those that have been checked. */
  async function unsealedRows(): Promise<UnsealedRow[]> {
    const found: UnsealedRow[] = []
    for (let place = Number.MIN_SAFE_INTEGER; ; ) {
      const page = await db
        .select({ id: access_log.id, instance: access_log.instance, time: access_log.time })
        .from(access_log)
        .where(gt(access_log.id, place))
        .orderBy(asc(access_log.id))
        .limit(IDS)
      for (const row of page) if (!sealed.has(row.id)) found.push(row)
      if (page.length < IDS) return found
      place = page.at(-1)?.id ?? place
    }
  }

  return { checkRows, unsealedRows, isSealed: sealed.has }
}
