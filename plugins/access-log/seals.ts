// Seals the rows that this process has written, within a second and without a request that waits: it adds an entry to this
// process's chain. What is sealed is what was written, not what the database has by then.

import { and, desc, eq, getTableColumns, max, sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { formatInstant } from '../../src/instants.ts'
import { access_log, access_log_seal, type SealKind } from '../../src/tables/access-log.ts'
import { createSummaries } from './blocks.ts'
import { codeOf, digestOf, formatIds, type Head, type NewSeal, type Seal } from './chain.ts'
import { countRows } from './hours.ts'
import type { NumberedRow } from './row.ts'

/** How long a row waits for its seal, in milliseconds. */
const DELAY = 1_000
/** How many rows an entry seals at most. So many take some 5 ms. */
const BATCH = 1_000
/** So many rows may wait while the database does not take their seals. */
const PLACES = 50_000

/** What an entry says besides its place in the chain. */
type Content = Partial<Pick<NewSeal, 'time' | 'ids' | 'last_id' | 'digests' | 'removed_before'>> & { detail?: object }

export interface Sealer {
  /** Begins the chain of this process, unless it has begun. Rows must not be written before. */
  start(): Promise<void>
  /** Seals rows of this process, which are committed, soon. */
  add(rows: NumberedRow[]): void
  /** Seals rows that another process has written and left. */
  addFound(rows: NumberedRow[], detail?: object): Promise<void>
  /** Adds the summaries that are missing, up to the block of the newest row. */
  summarize: ReturnType<typeof createSummaries>
  /** Adds an entry of another kind to the chain of this process. */
  append(kind: SealKind, content: Content): Promise<void>
  /** Whether so many rows wait for their seal that no more should be written. */
  isFull(): boolean
  /** Seals what is left and ends the chain. */
  close(): Promise<void>
}

/** Returns the sealer of the rows of `writer`. Without a key, entries have no code and prove nothing. */
export function createSealer(db: Database, writer: string, key: string, report: (error: unknown) => void): Sealer {
  const summarize = createSummaries(db)
  let waiting: NumberedRow[] = []
  let timer: NodeJS.Timeout | undefined
  let sealing: Promise<void> | undefined
  let starting: Promise<void> | undefined
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
    const [newest] = await db.select({ id: max(access_log.id) }).from(access_log)
    await insert('start', { last_id: Number(newest?.id ?? 0), detail: { heads: await headsOf(db) } })
  }

  async function insert(kind: SealKind, { detail, ...content }: Content): Promise<void> {
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
    const code = key === '' ? null : codeOf(entry, key)
    await insertOnce(db, { ...entry, code })
    last = { writer, sequence: entry.sequence, code }
  }

  async function sealAll(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    try {
      while (waiting.length > 0) {
        const rows = waiting.slice(0, BATCH)
        await append('rows', contentOf(rows, key))
        waiting = waiting.slice(rows.length)
        await countRows(db, rows)
        await summarize(rows.at(-1)?.id ?? 0)
      }
    } catch (error) {
      report(error)
      timer = setTimeout(seal, DELAY).unref()
    } finally {
      sealing = undefined
    }
  }

  function seal(): Promise<void> {
    sealing ??= sealAll()
    return sealing
  }

  return {
    start,
    append,
    summarize,
    add(rows) {
      waiting.push(...rows)
      if (waiting.length >= BATCH) seal()
      else timer ??= setTimeout(seal, DELAY).unref()
    },
    async addFound(rows, detail) {
      await append('found', { ...contentOf(rows, key), ...(detail && { detail }) })
      await countRows(db, rows)
    },
    isFull: () => waiting.length >= PLACES,
    async close() {
      await sealing
      await seal()
      if (starting && waiting.length === 0) await append('end', {}).catch(report)
    }
  }
}

/** Returns what an entry says of the rows that it seals. Without a key, digests would prove nothing. */
function contentOf(rows: NumberedRow[], key: string): Content {
  const ids = rows.map(({ id }) => id)
  const last = rows.at(-1)
  if (!last) return {}
  const digests = key === '' ? null : rows.map(digestOf).join('')
  return { time: last.time, ids: formatIds(ids), last_id: last.id, digests }
}

// If the answer to an earlier attempt was lost, the entry is there already. No other process has this writer's name.
async function insertOnce(db: Database, entry: NewSeal): Promise<void> {
  try {
    await db.insert(access_log_seal).values(entry)
  } catch (error) {
    if (databaseFailure(error) !== 'unique') throw error
    const { writer, sequence, code } = access_log_seal
    const [stored] = await db
      .select({ code })
      .from(access_log_seal)
      .where(and(eq(writer, entry.writer), eq(sequence, entry.sequence)))
    if (stored?.code !== entry.code) throw error
  }
}

/** An entry without what it says of its rows. */
export type SealSummary = Omit<Seal, 'ids' | 'digests' | 'previous'>

/** Returns all entries that do not seal rows of their own process. */
export async function specialSeals(db: Database): Promise<SealSummary[]> {
  const { ids, digests, previous, ...columns } = getTableColumns(access_log_seal)
  // The condition is that of the index.
  return await db.select(columns).from(access_log_seal).where(sql`kind <> 'rows'`).orderBy(access_log_seal.id)
}

/** Returns the heads of the chains that have grown since the last starts. Older ones are named by earlier starts. */
export async function headsOf(db: Database, startsBack = 3): Promise<Head[]> {
  const { id, writer, sequence, code } = access_log_seal
  const special = await specialSeals(db)
  const starts = special.filter((entry) => entry.kind === 'start')
  const since = starts.at(-startsBack)?.id ?? 0
  const ended = new Set(
    special.filter((entry) => entry.kind === 'end' && entry.id < since).map((entry) => entry.writer)
  )
  const open = [...new Set(starts.map((entry) => entry.writer))].filter((name) => !ended.has(name))
  const heads = await Promise.all(
    open.map((name) =>
      db
        .select({ id, writer, sequence, code })
        .from(access_log_seal)
        .where(eq(writer, name))
        .orderBy(desc(sequence))
        .limit(1)
    )
  )
  return heads
    .flat()
    .filter((head) => head.id >= since)
    .map((head) => ({ writer: head.writer, sequence: head.sequence, code: head.code }))
}
