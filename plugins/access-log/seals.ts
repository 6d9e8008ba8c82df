// Seals the rows that this process has written, within a second and without a request that waits: it adds an entry to this
// process's chain. What is sealed is what was written, not what the database has by then.

import { and, eq, max } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { databaseFailure } from '../../src/database/failures.ts'
import { formatInstant } from '../../src/instants.ts'
import { access_log, access_log_seal, type SealKind } from '../../src/tables/access-log.ts'
import { createSummaries } from './blocks.ts'
import { codeOf, digestOf, formatIds, type Head, type NewSeal } from './chain.ts'
import { headsOf, isSealed } from './heads.ts'
import { countRows } from './hours.ts'
import type { NumberedRow } from './row.ts'

/** How long a row waits for its seal, in milliseconds. */
const DELAY = 1_000
/** How many rows an entry seals at most. That takes about 5 ms. */
const BATCH = 1_000
/** How many rows may wait while the database does not accept seals. */
const PLACES = 50_000

/** What an entry says besides its place in the chain. */
type Content = Partial<Pick<NewSeal, 'time' | 'ids' | 'last_id' | 'digests' | 'removed_before'>> & { detail?: object }

export interface Sealer {
  /** Begins the chain of this process, unless it has begun. Rows must not be written before. */
  start(): Promise<void>
  /** Seals committed rows of this process, within a second. */
  add(rows: NumberedRow[]): void
  /** Seals rows again, or those that another process has written and left. */
  addOthers(kind: 'found' | 'held', rows: NumberedRow[], detail?: object): Promise<void>
  /** Adds the summaries that are missing, up to the block of the newest row. */
  summarize: ReturnType<typeof createSummaries>
  /** Adds an entry of another kind to the chain of this process. */
  append(kind: SealKind, content: Content): Promise<void>
  /** Whether no more rows should be written, because too many wait for their seal. */
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
  /** The rows of the entry that is being added. If that fails, the next attempt has the same rows: the entry may be there. */
  let batch: NumberedRow[] = []
  /** The entry of which nobody knows whether it is there. */
  let doubtful: NewSeal | undefined
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
    const [newest] = await db.select({ id: max(access_log.id) }).from(access_log)
    await insert('start', { last_id: Number(newest?.id ?? 0), detail: { heads: await headsOf(db) } })
  }

  async function insert(kind: SealKind, { detail, ...content }: Content): Promise<void> {
    if (doubtful) {
      const { ids, kind: before } = doubtful
      await add(doubtful)
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
    doubtful = entry
    await insertOnce(db, entry)
    doubtful = undefined
    last = { writer, sequence: entry.sequence, code: entry.code }
  }

  async function sealAll(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    try {
      while (waiting.length > 0) {
        if (batch.length === 0) batch = waiting.slice(0, BATCH)
        await append('rows', contentOf(batch, key))
        const rows = batch
        batch = []
        waiting = waiting.slice(rows.length)
        await countRows(db, rows)
        await summarize(rows.at(-1)?.id ?? 0)
      }
    } catch (error) {
      report(error)
    }
  }

  function seal(): Promise<void> {
    sealing ??= sealAll().finally(() => {
      sealing = undefined
      if (waiting.length > 0) timer ??= setTimeout(seal, DELAY).unref()
    })
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
    addOthers: (kind, rows, detail) => append(kind, { ...contentOf(rows, key), ...(detail && { detail }) }),
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
  const time = rows.reduce((latest, row) => (row.time > latest ? row.time : latest), last.time)
  return { time, ids: formatIds(ids), last_id: last.id, digests }
}

// If the answer to an earlier attempt was lost, the entry is there already. No other process has this writer's name.
async function insertOnce(db: Database, entry: NewSeal): Promise<void> {
  try {
    await db.insert(access_log_seal).values(entry)
  } catch (error) {
    if (databaseFailure(error) !== 'unique') throw error
    const { writer, sequence, code, ids, kind } = access_log_seal
    const [stored] = await db
      .select({ code, ids, kind })
      .from(access_log_seal)
      .where(and(eq(writer, entry.writer), eq(sequence, entry.sequence)))
    if (stored?.code !== entry.code || stored.ids !== entry.ids || stored.kind !== entry.kind) throw error
  }
}
