// The rows of the access log as CSV, for a spreadsheet.

import { getTableColumns } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { access_log } from '../../src/tables/access-log.ts'
import type { LogFilter } from '../access-log/filter.ts'
import { searchLog } from '../access-log/search.ts'
import { csvLine } from './csv.ts'

const COLUMNS = Object.keys(getTableColumns(access_log)) as (keyof typeof access_log.$inferSelect)[]
const ROWS = 500

/** Yields the rows that match the filter as CSV, the newest first, after a line with the names of the columns. */
export async function* logAsCsv(db: Database, filter: LogFilter): AsyncGenerator<string> {
  yield csvLine(COLUMNS)
  for (let before: number | undefined | null; before !== null; ) {
    const { rows, next } = await searchLog(db, filter, { before, limit: ROWS })
    for (const row of rows)
      yield csvLine(COLUMNS.map((name) => (name === 'subjects' ? row.subjects?.trim() : row[name])))
    before = next
  }
}
