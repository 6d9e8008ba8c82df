// The index of words: it follows the changes that the triggers noted, and finds the records of a search.

import { and, eq, getTableName, inArray, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../database/db.ts'
import { atomically } from '../database/transactions.ts'
import { invalidFields, Unavailable } from '../errors.ts'
import type { Found } from '../list-conditions.ts'
import { search_change, search_word } from '../tables/search-index.ts'
import { wantedWords, wordsOf } from './folding.ts'
import type { Searchable } from './searchable.ts'

/** So many changes are read at once; they take some milliseconds. */
const BATCH = 200
/** A search reads at most this many batches itself. After an import of many records it gets 503 until the job has read them. */
const OWN_BATCHES = 5
/** So many words are inserted by one statement. */
const INSERTED = 2000

/**
 * Reads the records of one batch of noted changes, and replaces their words in the index. Returns how many changes that were.
 * One transaction works at a time: two that read the same record could leave words of both versions.
 */
export async function followChanges(db: Database, { table, searched }: Searchable): Promise<number> {
  const name = getTableName(table)
  return await atomically(db, async (tx) => {
    await db.connection.lock(tx, 'search index')
    const isNext = tx
      .select({ id: search_change.id })
      .from(search_change)
      .where(eq(search_change.record_table, name))
      .orderBy(search_change.id)
      .limit(BATCH)
    const changes = await tx.delete(search_change).where(inArray(search_change.id, isNext)).returning()
    const ids = [...new Set(changes.map(({ record_id }) => record_id))]
    if (ids.length === 0) return 0
    await tx.delete(search_word).where(and(eq(search_word.record_table, name), inArray(search_word.record_id, ids)))
    const columns = Object.fromEntries(searched.map((column) => [column.name, column]))
    const rows = (await tx
      .select({ ...columns, id: table.id })
      .from(table as PgTable)
      .where(inArray(table.id, ids))) as ({ id: number } & Record<string, string | null>)[]
    const words = rows.flatMap((row) => {
      const texts = searched.map((column) => row[column.name]).filter((text) => typeof text === 'string')
      return wordsOf(texts).map((word) => ({ record_table: name, word, record_id: row.id }))
    })
    for (let start = 0; start < words.length; start += INSERTED) {
      await tx.insert(search_word).values(words.slice(start, start + INSERTED))
    }
    return changes.length
  })
}

/** Reads all changes that were noted, and returns how many they were. Stops early once `signal` is aborted. */
export async function followAllChanges(db: Database, searchables: Searchable[], signal: AbortSignal): Promise<number> {
  let total = 0
  for (const one of searchables) {
    while (!signal.aborted && (await hasChanges(db, one))) {
      total += await followChanges(db, one)
      await new Promise(setImmediate) // let waiting requests run
    }
  }
  return total
}

async function hasChanges(db: Database, { table }: Searchable): Promise<boolean> {
  const isOfTable = eq(search_change.record_table, getTableName(table))
  const rows = await db.select({ id: search_change.id }).from(search_change).where(isOfTable).limit(1)
  return rows.length > 0
}

/** A search has at most this many words. */
const MOST_WORDS = 8

/**
 * Returns what finds the records that have words that begin with the words of a search, one for each word. It knows all changes
 * that were committed before. Throws InvalidInput when the search has no words or too many, and Unavailable while many records
 * are read.
 */
export async function findWords(db: Database, searchable: Searchable, search: string): Promise<Found[]> {
  const words = wantedWords(search)
  if (words.length === 0) throw invalidFields([{ field: 'q', message: 'must contain a letter or a digit' }])
  if (words.length > MOST_WORDS)
    throw invalidFields([{ field: 'q', message: `must have at most ${MOST_WORDS} different words` }])
  for (let batch = 0; await hasChanges(db, searchable); batch++) {
    if (batch === OWN_BATCHES) throw new Unavailable()
    await followChanges(db, searchable)
  }
  const { id } = searchable.table
  const isOfTable = eq(search_word.record_table, getTableName(searchable.table))
  return words.map((word) => {
    const begins = sql`${search_word.word} >= ${word} and ${search_word.word} < ${`${word}\u{10ffff}`}`
    const where = and(isOfTable, begins)
    return {
      ids: sql`${search_word.record_id} from ${search_word} where ${where}`,
      matches: sql`exists (select 1 from ${search_word} where ${where} and ${search_word.record_id} = ${id})`,
      isCountable: false // a record can have several of the words
    }
  })
}
