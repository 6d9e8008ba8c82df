// The databases of a copy: a SQLite file and a database of PostgreSQL.

import Sqlite from 'better-sqlite3'
import pg from 'pg'
import type { Test } from 'tap'
import { startPostgres } from '../runner/postgres.ts'
import { run } from './copy.ts'

export interface Databases {
  urls: string[]
  /** Applies the migrations of the copy to both. */
  migrate(): Promise<void>
}

/** Returns two empty databases for a copy, one of each engine. They go with the test. */
export async function databasesOf(t: Test, folder: string, name: string): Promise<Databases> {
  const { server, url } = await startPostgres()
  t.teardown(() => server.stop())
  await server.createDatabase(name)
  const urls = [`file:${folder}/data/${name}.db`, url(name)]
  async function migrate() {
    for (const database of urls) await run(t, folder, 'env', `DATABASE_URL=${database}`, 'npm', 'run', 'db:migrate')
  }
  return { urls, migrate }
}

/** Returns the rows of a statement, on either engine. */
export async function query(database: string, statement: string): Promise<unknown[]> {
  if (database.startsWith('file:')) {
    const file = new Sqlite(database.replace('file:', ''))
    try {
      const prepared = file.prepare(statement)
      return prepared.reader ? prepared.all() : [prepared.run()]
    } finally {
      file.close()
    }
  }
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
