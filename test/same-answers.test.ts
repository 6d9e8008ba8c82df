// One long story told by SQLite and by PostgreSQL, and by servers in other time zones: the same answers to the byte.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { emptyDatabase } from './support/app.ts'

const STORY = join(import.meta.dirname, 'support/story.ts')

t.test('H14: SQLite and PostgreSQL give the same answers, byte for byte, H6: whatever the time zone', async (t) => {
  const [sqlite, postgres, east, west] = await Promise.all([
    lines(t, await emptyDatabase(t, 'sqlite')),
    lines(t, await emptyDatabase(t, 'postgres')),
    lines(t, await emptyDatabase(t, 'sqlite'), 'Pacific/Kiritimati'),
    lines(t, await emptyDatabase(t, 'postgres'), 'America/New_York')
  ])
  t.ok(sqlite.length >= 100, `the story has ${sqlite.length} lines`)
  const statuses = new Set(sqlite.map((line) => line.split(' | ')[2] ?? ''))
  for (const status of [200, 201, 204, 400, 401, 403, 404, 405, 409, 412, 413, 414, 415]) {
    t.ok(statuses.has(String(status)), `${status} is among its answers`)
  }
  t.strictSame(
    [...statuses].filter((status) => status.startsWith('5')),
    [],
    'and no failure is'
  )
  for (const [where, other] of Object.entries({ postgres, east, west })) {
    t.strictSame(differences(sqlite, other), [], where)
    t.ok(other.join('\n') === sqlite.join('\n'), `${where}, byte for byte`)
  }
})

/** What the story tells, line by line, on a server with this database and time zone. */
async function lines(t: Test, DATABASE_URL: string, TZ = 'UTC'): Promise<string[]> {
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
