// The rows of the access log as CSV (RFC 4180), for a spreadsheet.

import { getTableColumns } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { access_log } from '../../src/tables/access-log.ts'
import type { LogFilter } from '../access-log/filter.ts'
import { searchLog } from '../access-log/search.ts'

const COLUMNS = Object.keys(getTableColumns(access_log)) as (keyof typeof access_log.$inferSelect)[]
const ROWS = 500

/** Yields the rows that match the filter as CSV, the newest first, after a line with the names of the columns. */
export async function* logAsCsv(db: Database, filter: LogFilter): AsyncGenerator<string> {
  yield line(COLUMNS)
  for (let before: number | undefined | null; before !== null; ) {
    const { rows, next } = await searchLog(db, filter, { before, limit: ROWS })
    for (const row of rows) yield line(COLUMNS.map((name) => (name === 'subjects' ? row.subjects?.trim() : row[name])))
    before = next
  }
}

function line(values: unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

// A spreadsheet runs what looks like a formula. An apostrophe makes it text.
function cell(value: unknown): string {
  const text = String(value ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
