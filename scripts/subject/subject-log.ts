// The access log about a subject: its rows, and the row of the command itself.

import { userInfo } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { outcomeOf, rowOfCommand } from '../../plugins/access-log/row.ts'
import { type Found, searchLog } from '../../plugins/access-log/search.ts'
import type { Database } from '../../src/database/db.ts'
import type { Action } from '../../src/tables/access-log.ts'

export interface Subject {
  table: string
  id: number
}

const SLICE = 1000

/** Yields the rows about a subject in slices, the latest first, as the report of the API shows them. */
export async function* accessesOf(db: Database, { table, id }: Subject): AsyncGenerator<object[]> {
  let before: Found['next'] = null
  do {
    const found: Found = await searchLog(db, { subject: { type: table, id } }, { before, limit: SLICE })
    yield found.rows.map((row) => ({
      time: row.time,
      user: row.username,
      user_id: row.user_id,
      roles: row.roles ? row.roles.split(' ') : [],
      address: row.address,
      action: row.action,
      method: row.method,
      path: row.path,
      outcome: row.outcome,
      status: row.status,
      request_id: row.request_id
    }))
    before = found.next
  } while (before !== null)
}

/** Commits the row that says who has run a command about a subject. The status is that of a request with the same result. */
export async function logCommand(
  { accessLog }: FastifyInstance,
  { command, action, subject, status }: { command: string; action: Action; subject: Subject; status: number }
): Promise<void> {
  const row = rowOfCommand(`cli:${userInfo().username}`, `/subject/${command}/${subject.table}/${subject.id}`, action, [
    `${subject.table}:${subject.id}`
  ])
  await accessLog.write({ ...row, status, outcome: outcomeOf(status) })
}
