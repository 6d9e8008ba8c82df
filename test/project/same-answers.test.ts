// One long series of requests gets the same responses from SQLite and PostgreSQL, and in every time zone of the server.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { emptyDatabase } from '../support/app.ts'

const STORY = join(import.meta.dirname, '../support/story.ts')

t.test('SQLite and PostgreSQL give the same responses, byte for byte, in every time zone [H14, H6]', async (t) => {
  const [sqlite, postgres, east, west] = await Promise.all([
    responses(t, await emptyDatabase(t, 'sqlite')),
    responses(t, await emptyDatabase(t, 'postgres')),
    responses(t, await emptyDatabase(t, 'sqlite'), 'Pacific/Kiritimati'),
    responses(t, await emptyDatabase(t, 'postgres'), 'America/New_York')
  ])
  t.ok(sqlite.length >= 100, `the story has ${sqlite.length} lines`)
  const statuses = new Set(sqlite.map((line) => line.split(' | ')[2] ?? ''))
  for (const status of [200, 201, 204, 400, 401, 403, 404, 405, 409, 412, 413, 414, 415]) {
    t.ok(statuses.has(String(status)), `${status} is among the statuses`)
  }
  const failures = [...statuses].filter((status) => status.startsWith('5'))
  t.strictSame(failures, [], 'no request fails')
  for (const [where, other] of Object.entries({ postgres, east, west })) {
    t.strictSame(differences(sqlite, other), [], where)
    t.ok(other.join('\n') === sqlite.join('\n'), `${where}, byte for byte`)
  }
})

/** Runs the story on a server with this database and time zone, and returns its lines. */
async function responses(t: Test, DATABASE_URL: string, TZ = 'UTC'): Promise<string[]> {
  const env = { ...process.env, DATABASE_URL, TZ }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [STORY], { env, maxBuffer: 64 * 1024 * 1024 })
  t.equal(stderr, '')
  return stdout.trimEnd().split('\n')
}

function differences(one: string[], other: string[]) {
  const longer = Math.max(one.length, other.length)
  const pairs = Array.from({ length: longer }, (_, index) => [one[index], other[index]])
  return pairs.filter(([first, second]) => first !== second).slice(0, 10)
}
