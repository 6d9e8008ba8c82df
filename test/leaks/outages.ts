// Databases that fail: without one of their tables, or altogether.

import { randomUUID } from 'node:crypto'
import { renameSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { Test } from 'tap'
import type { Database } from '../../src/database/db.ts'
import { engine, execute } from '../support/app.ts'
import { startProxy } from '../support/proxy.ts'

/** Runs `work` while the database does not have a table. */
export async function withoutTable(db: Database, table: string, work: () => Promise<void>): Promise<void> {
  const away = `away_${randomUUID().replaceAll('-', '')}`
  await execute(db, `alter table "${table}" rename to ${away}`)
  await work()
  await execute(db, `alter table ${away} rename to "${table}"`)
}

/** Returns the address of a database through which `take` can take it away from a server, for good. */
export async function removableDatabase(t: Test, url: string): Promise<{ url: string; take: () => Promise<void> }> {
  if (engine === 'postgres') {
    const proxy = await startProxy(t, new URL(url))
    return { url: proxy.url, take: proxy.stop }
  }
  const take = async () => {
    const other = new Sqlite(url.replace('file:', ''))
    t.teardown(() => other.close())
    other.exec('begin immediate') // as a process that hangs while it writes
    renameSync(url.replace('file:', ''), `${url.replace('file:', '')}.away`) // what only reads must notice as well
  }
  return { url, take }
}
