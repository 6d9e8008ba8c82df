// The cursors of lists. A list in the order of ids has ids. A sorted list has texts that hold the order, and the value and id of
// the last record, so a list goes on in the right place also when that record has been changed or deleted.

import type { Place } from './id-finder.ts'
import { MAX_ID } from './schemas.ts'

/** Returns the cursor of a place in a list that is sorted in this way, such as "-date". */
export function cursorOf(sort: string, { value, id }: Place): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString('base64url')
}

/** Returns the place that a cursor of a list that is sorted in this way names; undefined if it is none. */
export function placeOf(sort: string, cursor: string): Place | undefined {
  const [madeFor, value, id] = partsOf(cursor) ?? []
  if (madeFor !== sort || !isId(id)) return undefined
  if (value === null || typeof value === 'string' || typeof value === 'number') return { value, id }
  return undefined
}

/** Returns the id that is the cursor of a list in the order of ids; undefined if it is none. */
export function idOf(cursor: string): number | undefined {
  const id = /^[1-9]\d{0,9}$/.test(cursor) ? Number(cursor) : undefined
  return isId(id) ? id : undefined
}

/** Whether a text can be a cursor of any list. */
export function isCursor(text: string): boolean {
  return idOf(text) !== undefined || partsOf(text)?.length === 3
}

function isId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= MAX_ID
}

function partsOf(cursor: string): unknown[] | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : undefined
  } catch {
    return undefined
  }
}
