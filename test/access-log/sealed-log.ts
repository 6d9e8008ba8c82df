// An access log whose rows have been sealed, and what an attacker with access to the database does to it.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createAccessLog } from '../../plugins/access-log/log.ts'
import type { AccessLogRow } from '../../plugins/access-log/row.ts'
import type { Database } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { engine, execute } from '../support/app.ts'
import { execute as executeCommand, toolVariables } from '../support/process.ts'

const COMMAND = join(import.meta.dirname, '../../scripts/access-log-command.ts')

/** Runs `npm run access-log -- …` on the database of a server. */
export async function accessLogCommand(env: Record<string, string>, ...args: string[]) {
  return await executeCommand(process.execPath, [COMMAND, ...args], { env: { ...toolVariables(), ...env } })
}

/** A row as a request of `zoe` about the sample 7 would have it. */
export function sampleRow(change: Partial<AccessLogRow> = {}): AccessLogRow {
  return {
    time: fromNow(),
    username: 'zoe',
    address: '192.0.2.1',
    method: 'GET',
    path: '/api/sample/7',
    route: '/api/sample/:id',
    action: 'read',
    outcome: 'success',
    status: 200,
    duration_ms: 1,
    request_id: randomUUID(),
    subjects: ' sample:7 ',
    ...change
  }
}

/** Writes and seals rows as a process does from its start to its end. */
export async function writeRows(db: Database, key: string, rows: AccessLogRow[]): Promise<void> {
  const log = createAccessLog(db, key, (error) => {
    throw error
  })
  await log.sealer.start()
  for (const row of rows) await log.write(row)
  await log.close()
}

/** Removes what refuses changes, as the owner of a database can. It comes back when a server or a command starts. */
export async function dropTriggers(db: Database): Promise<void> {
  for (const table of ['access_log', 'access_log_seal']) {
    const triggers =
      engine === 'postgres'
        ? ['refuse_change', 'refuse_removal'].map((name) => `${name} on ${table}`)
        : ['update', 'delete'].map((change) => `${table}_refuse_${change}`)
    for (const trigger of triggers) await execute(db, `drop trigger if exists ${trigger}`)
  }
}
