// What the overview shows: counts, what needs somebody's attention, and the state of the server. Each is cheap, however large the
// tables are.

import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { and, asc, count, desc, eq, gte, isNull, lt } from 'drizzle-orm'
import { type Config, engine } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { sqlitePath } from '../../src/database/sqlite-file.ts'
import { formatInstant, fromNow } from '../../src/instants.ts'
import { access_log, access_log_hour } from '../../src/tables/access-log.ts'
import { ADMIN, account_event, role, user, user_role } from '../../src/tables/account.ts'
import type { Words } from '../../src/words/en.ts'
import { type ListedEvent, withDevice } from './event-devices.ts'

const HOUR = 3_600_000 // milliseconds
const DAY = 24 * HOUR
/** An account that has not signed in so many days after it was added is perhaps not needed. */
export const UNUSED_DAYS = 30
/** So many administrators are perhaps too many. */
const MANY_ADMINISTRATORS = 5
/** So many rows of the access log take gigabytes, and will be more if none is ever removed. */
const MANY_ROWS = 10_000_000
/** A disk with less free space than this share is nearly full. */
const LITTLE_SPACE = 0.1

/** Returns how many accounts there are, in which states. */
export async function countAccounts(db: Database) {
  const isUnused = and(
    isNull(user.last_login),
    eq(user.disabled, false),
    lt(user.created_at, fromNow(-UNUSED_DAYS * DAY))
  )
  const [all, disabled, unused, administrators] = await Promise.all([
    db.$count(user),
    db.$count(user, eq(user.disabled, true)),
    db.$count(user, isUnused),
    db
      .select({ count: count() })
      .from(user_role)
      .innerJoin(role, eq(role.id, user_role.role_id))
      .innerJoin(user, eq(user.id, user_role.user_id))
      .where(and(eq(role.name, ADMIN), eq(user.disabled, false)))
  ])
  const admins = administrators[0]?.count ?? 0
  return { all, disabled, unused, administrators: admins, areManyAdministrators: admins > MANY_ADMINISTRATORS }
}

interface HourCount {
  /** When the hour begins. */
  hour: string
  requests: Partial<Record<(typeof access_log_hour.$inferSelect)['kind'], number>>
}

/** Returns the counts of the last hours, the current one last. Requests of the last seconds may be missing. */
export async function countsOfHours(db: Database, hours: number): Promise<HourCount[]> {
  const first = Math.floor(Date.now() / HOUR) * HOUR - (hours - 1) * HOUR
  const { hour } = access_log_hour
  const rows = await db
    .select()
    .from(access_log_hour)
    .where(gte(hour, formatInstant(first)))
    .orderBy(asc(hour))
  const byHour = Map.groupBy(rows, (row) => row.hour)
  return Array.from({ length: hours }, (_, index) => {
    const start = formatInstant(first + index * HOUR)
    const requests = Object.fromEntries((byHour.get(start) ?? []).map((row) => [row.kind, row.requests]))
    return { hour: start, requests }
  })
}

/** Returns the latest changes of accounts and roles, the latest first. */
export async function latestEvents(db: Database, words: Words, limit: number): Promise<ListedEvent[]> {
  const events = await db.select().from(account_event).orderBy(desc(account_event.id)).limit(limit)
  return events.map((event) => withDevice(event, words))
}

/** Returns the state of the server. `freeShare` is that of the disk of a SQLite file. */
export async function serverState(db: Database, config: Pick<Config, 'databaseUrl' | 'accessLogRetentionDays'>) {
  const { id, time } = access_log
  const [[first], [last], size, disk] = await Promise.all([
    db.select({ id, time }).from(access_log).orderBy(asc(id)).limit(1),
    db.select({ id }).from(access_log).orderBy(desc(id)).limit(1),
    db.connection.size(),
    engine === 'sqlite' ? statfs(dirname(sqlitePath(config.databaseUrl))) : undefined
  ])
  const freeShare = disk && Number(disk.bavail) / Number(disk.blocks)
  // Counting would take seconds. Ids have few gaps.
  const rows = first && last ? last.id - first.id + 1 : 0
  return {
    engine: engine === 'sqlite' ? 'SQLite' : 'PostgreSQL',
    size: formatSize(size),
    rows,
    isLogEndless: rows > MANY_ROWS && config.accessLogRetentionDays === undefined,
    since: first?.time,
    free: freeShare === undefined ? '' : `${Math.floor(100 * freeShare)} %`,
    isNearlyFull: freeShare !== undefined && freeShare < LITTLE_SPACE
  }
}

/** Returns bytes in words: `1.4 MB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const value = bytes / 1000 ** power
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

/** The size of the chart, in the units of its picture, which is stretched to the width of the page. */
const CHART = { width: 720, height: 120, gap: 10 }

/** Returns the bars of a chart: for each hour, how high the answered and the refused requests reach. */
export function chartOf(hours: HourCount[]) {
  const counts = hours.map(({ hour, requests }) => {
    const refused = requests.refused ?? 0
    const { success = 0, invalid = 0, failed = 0, aborted = 0 } = requests
    return { hour, answered: success + invalid + failed + aborted, refused }
  })
  const highest = Math.max(0, ...counts.map(({ answered, refused }) => answered + refused))
  const step = CHART.width / counts.length
  // Something that is not nothing is at least a line.
  const high = (requests: number) => (requests === 0 ? 0 : Math.max(2, Math.round((requests / highest) * CHART.height)))
  const bars = counts.map(({ answered, refused, hour }, index) => ({
    hour,
    answered,
    refused,
    x: Math.round(index * step + CHART.gap / 2),
    width: Math.round(step - CHART.gap),
    answeredHeight: high(answered),
    refusedHeight: high(refused),
    isLabelled: index % 4 === 0
  }))
  return { ...CHART, bars, highest }
}
