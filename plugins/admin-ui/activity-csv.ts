// The rows of the access log as CSV (RFC 4180), for a spreadsheet.

import { getTableColumns } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { access_log } from '../../src/tables/access-log.ts'
import { type LogFilter, type Place, searchLog } from '../access-log/search.ts'
import { countSubjects } from './activity-subjects.ts'

const COLUMNS = Object.keys(getTableColumns(access_log)) as (keyof typeof access_log.$inferSelect)[]
const ROWS = 500

/** Yields the rows that match the filter as CSV, the newest first, after a line with the names of the columns. */
export async function* logAsCsv(db: Database, filter: LogFilter): AsyncGenerator<string> {
  yield line([...COLUMNS, 'subjects'])
  for (let before: Place | undefined | null; before !== null; ) {
    const { rows, next } = await searchLog(db, filter, { before, limit: ROWS })
    const counts = await countSubjects(db, rows)
    const subjects = Map.groupBy(counts, ({ log_id }) => log_id)
    for (const row of rows) {
      const tied = (subjects.get(row.id) ?? []).map(({ type, count, first }) =>
        count === 1 ? `${type}/${first}` : `${count} × ${type}`
      )
      yield line([...COLUMNS.map((name) => row[name]), tied.join(' ')])
    }
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
