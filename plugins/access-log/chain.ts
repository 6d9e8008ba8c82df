// The chain of seals: how a row and an entry of a chain become the text whose code proves that nothing was changed.

import { createHmac, hash } from 'node:crypto'
import { getTableColumns } from 'drizzle-orm'
import { access_log, access_log_seal } from '../../src/tables/access-log.ts'
import type { NumberedRow } from './row.ts'

export type Seal = typeof access_log_seal.$inferSelect
export type NewSeal = Omit<Seal, 'id'>

/** The last entry of a chain. */
export type Head = Pick<Seal, 'writer' | 'sequence' | 'code'>

/** What an entry says besides its place in the chain. */
export type Content = Partial<Pick<NewSeal, 'time' | 'ids' | 'last_id' | 'digests' | 'removed_before'>> & {
  detail?: object
}

/** How many characters a digest has: 132 bits. */
export const DIGEST_LENGTH = 22

const ROW_COLUMNS = Object.keys(getTableColumns(access_log))
const SEAL_COLUMNS = Object.keys(getTableColumns(access_log_seal)).filter((name) => name !== 'id' && name !== 'code')

/** Returns the digest of a row (the first 132 bits of its SHA-256, base64url). */
export function digestOf(row: NumberedRow): string {
  return hash('sha256', textOf(row, ROW_COLUMNS), 'base64url').slice(0, DIGEST_LENGTH)
}

/** Returns the code of an entry (HMAC-SHA256, base64url). */
export function codeOf(entry: Omit<NewSeal, 'code'>, key: string): string {
  return createHmac('sha256', key).update(textOf(entry, SEAL_COLUMNS)).digest('base64url')
}

// Columns without a value are left out, so that a column can be added without changing the text of older rows. The lengths make
// it impossible to move a part of one value into another.
function textOf(record: object, columns: string[]): string {
  let text = ''
  for (const name of columns) {
    const value = (record as Record<string, unknown>)[name]
    if (value === null || value === undefined) continue
    const written = String(value)
    text += `${name}:${written.length}:${written};`
  }
  return text
}

/** Returns ascending ids as ranges: `5-9,12`. */
export function formatIds(ids: number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const id of ids) {
    const range = ranges.at(-1)
    if (range && range[1] === id - 1) range[1] = id
    else ranges.push([id, id])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

const IDS = /^\d{1,16}(-\d{1,16})?(,\d{1,16}(-\d{1,16})?)*$/
/** More ids than an entry of ours has. */
const MAX_IDS = 1_000_000

/** Whether a text is one that `formatIds` can have written. */
export function areIds(text: string): boolean {
  if (!IDS.test(text)) return false
  let count = 0
  for (const range of text.split(',')) {
    const [first = 0, last = first] = range.split('-').map(Number)
    if (last < first) return false
    count += last - first + 1
  }
  return count <= MAX_IDS
}

/** Returns the ids of such ranges. */
export function parseIds(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
