// The rows of the access log, when a test must wait for them.

import { eventually, logRows, type TestApp } from './app.ts'

/** Returns the rows after the first `count`, as soon as there are at least `expected` of them. */
export async function rowsAfter(db: TestApp['db'], count: number, expected = 1) {
  return await eventually(async () => {
    const rows = (await logRows(db)).slice(count)
    return rows.length >= expected ? rows : undefined
  })
}
