// Checks the access log against its seals: whether every row is as it was written, none is missing, and none was added.

import { and, eq, max } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { access_log, access_log_seal } from '../../src/tables/access-log.ts'
import { codeOf, type Head, type Seal } from './chain.ts'
import { foundUpTo, lastRowBeforeSeals, lastSealedOf } from './found-rows.ts'
import { entriesAfter, openChains, type SealSummary, specialSeals } from './heads.ts'
import { createIdSet } from './id-set.ts'
import { anchorsIn } from './retention.ts'
import { createRowChecks, type UnsealedRow } from './verify-rows.ts'

/** How many entries are read at once. */
const ENTRIES = 200
/** An entry can be committed after one of another process with so many higher ids. */
const LATE_ENTRIES = 1_000
/** After so many milliseconds a process that reaches the database has sealed its doubtful rows. */
const RECENT = 60_000
/** By so many milliseconds the clocks of two machines may differ. */
const CLOCK_DIFFERENCE = 5_000

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
  /** Heads of chains that were kept elsewhere, and since when. */
  kept?: { time: string; heads: Head[] } | undefined
  /** Gets up to which id of which rows have been checked. */
  onProgress?: (done: number, total: number) => void
}

/** Checks the whole log. The server can keep running. */
export async function verifyLog(db: Database, { key, kept, onProgress = () => {} }: Options): Promise<Verification> {
  const findings: Finding[] = []
  const report = (text: string, id?: number) => void findings.push(id === undefined ? { text } : { id, text })
  const { checkRows, unsealedRows, isSealed } = createRowChecks(db, report)
  const removals = await genuineRemovals(db, key)
  const anchors = anchorsIn(removals)
  const [newest] = await db.select({ id: max(access_log.id) }).from(access_log)
  const total = Number(newest?.id ?? 0)
  const chains = new Map<string, Head>()
  const seen = createIdSet()
  let [entries, rows, last, firstCoded] = [0, 0, Number.MIN_SAFE_INTEGER, Number.POSITIVE_INFINITY]

  await walk()
  const unsealed = await unsealedRows()
  // The order matters. A row that is sealed from now on is found by the second walk, or it is newer than the last seal noted here.
  const special = await specialSeals(db)
  const open = new Map<string, number>()
  for (const writer of openChains(special)) open.set(writer, await lastSealedOf(db, writer))
  last = Math.max(last - LATE_ENTRIES, Number.MIN_SAFE_INTEGER)
  await walk()

  if (firstCoded === Number.POSITIVE_INFINITY && entries > 0) report('No seal was made with an ACCESS_LOG_KEY')
  for (const head of kept?.heads ?? []) await checkHead(head, kept?.time)
  const isToCome = (row: UnsealedRow) => {
    const sealedUpTo = open.get(row.instance ?? '')
    if (sealedUpTo !== undefined && (row.id > sealedUpTo || isRecent(row))) return true
    return row.id > foundUpTo(special) && row.id <= lastRowBeforeSeals(special)
  }
  const left = unsealed.filter(({ id }) => !isSealed(id))
  for (const row of left) if (!isToCome(row)) report(`Row ${row.id} was inserted: no seal knows it`, row.id)
  findings.sort((one, other) => (one.id ?? Number.MAX_VALUE) - (other.id ?? Number.MAX_VALUE))
  return { rows: rows + left.length, entries, findings, unsealed: left.filter(isToCome).length }

  async function walk(): Promise<void> {
    for (;;) {
      const page = await entriesAfter(db, last, ENTRIES)
      for (const entry of page) if (entry.id < 1 || !seen.has(entry.id)) await check(entry)
      last = page.at(-1)?.id ?? last
      if (page.length < ENTRIES) return
    }
  }

  async function check(entry: Seal): Promise<void> {
    entries++
    if (entry.id < 1) return report(`Seal ${entry.sequence} of ${entry.writer} has an id that no seal of ours has`)
    seen.add(entry.id)
    checkChain(entry)
    if (entry.kind === 'start') for (const head of JSON.parse(entry.detail ?? '{}').heads ?? []) await checkHead(head)
    rows += await checkRows(entry)
    onProgress(Math.min(entry.last_id ?? 0, total), total)
    chains.set(entry.writer, entry)
  }

  function checkChain(entry: Seal): void {
    const name = `Seal ${entry.sequence} of ${entry.writer}`
    if (entry.code === null) {
      if (entry.id > firstCoded) report(`${name} was made without a key`)
    } else {
      firstCoded = Math.min(firstCoded, entry.id)
      if (codeOf(entry, key) !== entry.code) report(`${name} was changed, or made with another key`)
    }
    const before = chains.get(entry.writer)
    const expected = (before?.sequence ?? -1) + 1
    const anchor = anchors.get(entry.writer)
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
  async function checkHead({ writer, sequence, code }: Head, keptSince?: string): Promise<void> {
    const anchor = anchors.get(writer)
    if (anchor && anchor.sequence >= sequence) return
    const isIt = and(eq(access_log_seal.writer, writer), eq(access_log_seal.sequence, sequence))
    const [entry] = await db.select().from(access_log_seal).where(isIt)
    if (entry?.code === code) return
    if (entry) return report(`Seal ${sequence} of ${writer} was replaced`)
    // Once everything of that time has been removed, nobody can say more.
    if (keptSince !== undefined && removals.some(({ removed_before }) => (removed_before ?? '') > keptSince)) return
    report(`The chain of ${writer} was cut off before its seal ${sequence}, with the rows that followed`)
  }
}

/** Whether the process of a row may still be finding out that it was committed: the answer of the database was lost. */
function isRecent({ time }: UnsealedRow): boolean {
  return time > fromNow(-RECENT) && time <= fromNow(CLOCK_DIFFERENCE)
}

/** Returns the entries about removals whose code is right. */
async function genuineRemovals(db: Database, key: string): Promise<SealSummary[]> {
  const found: SealSummary[] = []
  for (const { id, kind } of await specialSeals(db)) {
    const [entry] = kind === 'removal' ? await db.select().from(access_log_seal).where(eq(access_log_seal.id, id)) : []
    if (entry?.code && codeOf(entry, key) === entry.code) found.push(entry)
  }
  return found
}
