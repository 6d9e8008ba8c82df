// Writes all records of a subject, and the rows of the access log about it, as one JSON text.

import { and, asc, gt } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { accessesOf, type Subject } from './subject-log.ts'
import type { SubjectTable } from './subject-tables.ts'

const SLICE = 1000

/** Yields the text in pieces. `progress` gets how many records were read so far. */
export async function* exportText(
  db: Database,
  subject: Subject,
  tables: SubjectTable[],
  progress: (count: number) => void
): AsyncGenerator<string> {
  let count = 0
  yield `{\n"subject": ${JSON.stringify(subject)},\n"exported": ${JSON.stringify(fromNow())},\n"records": {`
  for (const [index, table] of tables.entries()) {
    yield `${index > 0 ? ',' : ''}\n  ${JSON.stringify(table.name)}: `
    yield* list(recordsOf(db, table), (records) => {
      count += records
      progress(count)
    })
  }
  yield '\n},\n"accesses": '
  yield* list(accessesOf(db, subject))
  yield '\n}\n'
}

/** Yields the records of all slices as a list in JSON. `read` gets the length of each slice. */
async function* list(slices: AsyncIterable<object[]>, read = (_count: number) => {}): AsyncGenerator<string> {
  let separator = ''
  yield '['
  for await (const slice of slices) {
    for (const record of slice) {
      yield `${separator}\n    ${JSON.stringify(record)}`
      separator = ','
    }
    read(slice.length)
  }
  yield separator ? '\n  ]' : ']'
}

/** Yields the records of a table in slices, in the order of their ids. */
async function* recordsOf(db: Database, { table, fields, belongs }: SubjectTable): AsyncGenerator<{ id: number }[]> {
  for (let after = 0; ; ) {
    const slice = (await db
      .select(fields)
      .from(table as PgTable)
      .where(and(belongs, gt(table.id, after)))
      .orderBy(asc(table.id))
      .limit(SLICE)) as { id: number }[]
    yield slice
    if (slice.length < SLICE) return
    after = slice.at(-1)?.id as number
  }
}
