// An access log that cannot be written for a while.

import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { engine, type TestApp } from '../support/app.ts'

/** Makes all writes to the access log wait until the returned function is called. */
export async function lockAccessLog(env: TestApp['env']): Promise<() => Promise<void>> {
  const url = env.DATABASE_URL ?? ''
  if (engine === 'sqlite') {
    const connection = new Sqlite(url.replace('file:', ''))
    connection.exec('begin immediate')
    return async () => {
      connection.close()
    }
  }
  const connection = new pg.Client({ connectionString: url })
  await connection.connect()
  await connection.query('begin')
  await connection.query('lock table access_log in access exclusive mode')
  return () => connection.end()
}
