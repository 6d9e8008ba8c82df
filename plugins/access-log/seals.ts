// Seals the rows that this process has written, within a second and without a request that waits: it adds an entry to this
// process's chain. What is sealed is what was written, not what the database has by then.

import { max } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { formatInstant } from '../../src/instants.ts'
import { access_log, type SealKind } from '../../src/tables/access-log.ts'
import { createSummaries } from './blocks.ts'
import { type Content, codeOf, type Head, type NewSeal } from './chain.ts'
import { createDoubtfulRows } from './doubtful-rows.ts'
import { headsOf, isSealed } from './heads.ts'
import { storeCounts } from './hours.ts'
import { insertOnce } from './new-seal.ts'
import type { NumberedRow } from './row.ts'
import { createRowQueue, createWaitingRows, ENTRY_ROWS, type WaitingRows } from './waiting-rows.ts'

/** How long a row waits for its seal, in milliseconds. */
const DELAY = 1_000
/** How many rows may wait while the database does not accept seals. */
const PLACES = 50_000

export interface Sealer {
  /** Begins the chain of this process, unless it has begun. Rows must not be written before. */
  start(): Promise<void>
  /** Seals committed rows of this process, within a second. */
  add(rows: NumberedRow[]): void
  /** Seals those rows of this process that were committed, although writing them failed: the answer was lost. */
  doubt(rows: NumberedRow[]): void
  /** Seals rows again, or those that another process has written and left. */
  addOthers(kind: 'found' | 'held', rows: NumberedRow[], detail?: object): Promise<void>
  summaries: ReturnType<typeof createSummaries>
  /** Adds an entry of another kind to the chain of this process. */
  append(kind: SealKind, content: Content): Promise<void>
  /** Whether so many rows wait for their seal that no more should be written. */
  isFull(): boolean
  /** Seals what is left and ends the chain. */
  close(): Promise<void>
}

/** Returns the sealer of the rows of `writer`. Without a key, entries have no code and prove nothing. */
export function createSealer(db: Database, writer: string, key: string, report: (error: unknown) => void): Sealer {
  const summaries = createSummaries(db)
  const doubtful = createDoubtfulRows(db, writer)
  /** The rows of the next entries. */
  const waiting = createRowQueue(key)
  /** How many rows are waiting, those of the entry that is being added included. */
  let left = 0
  let timer: NodeJS.Timeout | undefined
  let sealing: Promise<void> | undefined
  let starting: Promise<void> | undefined
  /** The rows of the entry that is being added. If that fails, the next attempt has the same rows: the entry may be there. */
  let batch: WaitingRows | undefined
  /** Rows that were doubtful and turned out to be committed. */
  let found: WaitingRows | undefined
  /** The entry of which nobody knows whether it is there. */
  let unanswered: NewSeal | undefined
  /** The highest id that a row of this process is known to have. */
  let newest = 0
  let last: Head = { writer, sequence: -1, code: null }
  /** The entries of a chain are added one after another. */
  let queue: Promise<unknown> = Promise.resolve()

  function append(kind: SealKind, content: Content): Promise<void> {
    const appended = queue.then(async () => {
      await start()
      await insert(kind, content)
    })
    queue = appended.catch(() => {})
    return appended
  }

  function start(): Promise<void> {
    starting ??= begin().catch((error) => {
      starting = undefined
      throw error
    })
    return starting
  }

  async function begin(): Promise<void> {
    if (key === '' && (await isSealed(db))) {
      throw new Error('ACCESS_LOG_KEY is missing, and the access log of this database is sealed')
    }
    const [last] = await db.select({ id: max(access_log.id) }).from(access_log)
    newest = Number(last?.id ?? 0)
    await insert('start', { last_id: newest, detail: { heads: await headsOf(db) } })
  }

  async function insert(kind: SealKind, { detail, ...content }: Content): Promise<void> {
    if (unanswered) {
      const { ids, kind: before } = unanswered
      await add(unanswered)
      if (kind === before && ids !== null && ids === content.ids) return
    }
    const entry = {
      writer,
      sequence: last.sequence + 1,
      kind,
      time: formatInstant(Date.now()),
      ids: null,
      last_id: null,
      digests: null,
      removed_before: null,
      ...content,
      detail: detail ? JSON.stringify(detail) : null,
      previous: last.code
    }
    await add({ ...entry, code: key === '' ? null : codeOf(entry, key) })
  }

  async function add(entry: NewSeal): Promise<void> {
    unanswered = entry
    await insertOnce(db, entry)
    unanswered = undefined
    last = { writer, sequence: entry.sequence, code: entry.code }
  }

  async function sealAll(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    try {
      await sealDoubtful()
      while (left > 0) {
        batch ??= waiting.take()
        await append('rows', batch.content())
        const rows = batch
        batch = undefined
        left -= rows.size()
        await storeCounts(db, rows.counts())
        await summaries.addMissing(rows.lastId())
      }
    } catch (error) {
      report(error)
    }
  }

  async function sealDoubtful(): Promise<void> {
    found ??= createWaitingRows(key, await doubtful.take())
    if (found.size() > 0) await append('found', found.content())
    const counts = found.counts()
    found = undefined
    await storeCounts(db, counts)
  }

  function seal(): Promise<void> {
    sealing ??= sealAll().finally(() => {
      sealing = undefined
      if (left > 0 || hasDoubts()) sealLater()
    })
    return sealing
  }

  function sealLater(): void {
    timer ??= setTimeout(function sealNow() {
      timer = undefined // also when it fires while rows are being sealed
      seal()
    }, DELAY).unref()
  }

  const hasDoubts = () => found !== undefined || doubtful.areLeft()

  return {
    start,
    append,
    summaries,
    add(rows) {
      for (const row of rows) {
        waiting.add(row)
        summaries.note(row)
      }
      left += rows.length
      newest = Math.max(newest, rows.at(-1)?.id ?? 0)
      if (left >= ENTRY_ROWS) seal()
      else sealLater()
    },
    doubt(rows) {
      doubtful.add(rows, newest)
      sealLater()
    },
    addOthers: (kind, rows, detail) =>
      append(kind, { ...createWaitingRows(key, rows).content(), ...(detail && { detail }) }),
    isFull: () => left >= PLACES,
    async close() {
      await sealing
      await seal()
      // Rows that are still in doubt are found by another process, as long as the chain has not ended.
      if (starting && left === 0 && !hasDoubts()) await append('end', {}).catch(report)
    }
  }
}
