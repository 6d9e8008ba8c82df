// Checks the access log against its seals, removes old rows, and holds those of subjects that must be kept.

import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { eq, getTableName, is, Table } from 'drizzle-orm'
import type { Head } from '../plugins/access-log/chain.ts'
import { headsOf } from '../plugins/access-log/heads.ts'
import { createAccessLog } from '../plugins/access-log/log.ts'
import { countOldRows, removeOldRows } from '../plugins/access-log/retention.ts'
import { rowOfCommand } from '../plugins/access-log/row.ts'
import { verifyLog } from '../plugins/access-log/verify.ts'
import { type Config, loadConfig } from '../src/config.ts'
import { type Database, schema } from '../src/database/db.ts'
import { databaseFailure } from '../src/database/failures.ts'
import { migrate } from '../src/database/migrations.ts'
import { openDatabase } from '../src/database/open.ts'
import { fromNow } from '../src/instants.ts'
import { createProgress } from '../src/progress.ts'
import { MAX_ID } from '../src/schemas.ts'
import type { Action } from '../src/tables/access-log.ts'
import { access_log_hold } from '../src/tables/access-log.ts'

const USAGE = `Usage: npm run access-log -- <command>

  verify [--head <file>]     check every row against its seal. With a file that \`head\` has written, also notice that the
                             newest rows were cut off
  head                       print the last seal of each chain, as JSON. Keep it where the server cannot write
  hold <table> <id>          keep the rows about a record, however old they get, such as: hold user 7
  release <table> <id>       end the hold
  holds                      list the holds
  remove [--days <number>] [--dry-run]
                             remove the rows that are older than so many days, by default ACCESS_LOG_RETENTION_DAYS.
                             With --dry-run only count them

Everything but verify, head and holds is itself logged. verify ends with status 1 if something is wrong; every
command ends with status 2 if it failed. All need the ACCESS_LOG_KEY of the server. The database is that of DATABASE_URL.`

/** The exit codes: the log was changed, or the command could not do its work. */
const TAMPERED = 1
const FAILED = 2
/** How many findings are printed. */
const SHOWN = 20

const { values: options, positionals } = parse()
const [command = '', ...parameters] = positionals
if (options.help || command === 'help') {
  console.log(USAGE)
  process.exit()
}

type Run = (db: Database, config: Config) => Promise<void>
const commands: Record<string, { parameters: number; run: Run }> = {
  verify: { parameters: 0, run: verify },
  head: { parameters: 0, run: head },
  hold: { parameters: 2, run: hold },
  release: { parameters: 2, run: release },
  holds: { parameters: 0, run: holds },
  remove: { parameters: 0, run: remove }
}
const chosen = Object.hasOwn(commands, command) ? commands[command] : undefined
if (!chosen || parameters.length !== chosen.parameters) fail(USAGE)
for (const [name, owner] of [
  ['head', 'verify'],
  ['days', 'remove'],
  ['dry-run', 'remove']
] as const) {
  if (options[name] !== undefined && command !== owner) fail(`${command} takes no --${name}\n\n${USAGE}`)
}

try {
  const config = loadConfig(undefined, { withSecrets: false })
  await migrate(config)
  const db = await openDatabase(config, () => {})
  try {
    await chosen.run(db, config)
  } finally {
    await db.connection.close()
  }
} catch (error) {
  const failure = databaseFailure(error)
  fail(failure ? `The database failed (${failure}). Nothing was changed` : (error as Error).message)
}

async function verify(db: Database, { accessLogKey: key }: Config): Promise<void> {
  if (key === '') throw new Error('ACCESS_LOG_KEY is missing. It must be the key of the server')
  const kept = options.head === undefined ? undefined : readHeads(options.head)
  const progress = createProgress('ids checked')
  const { rows, entries, findings, unsealed } = await verifyLog(db, { key, kept, onProgress: progress.show })
  progress.end()
  console.log(`${rows} rows and ${entries} seals were checked.`)
  if (unsealed > 0) console.log(`${unsealed} of the rows have no seal yet: the server adds it within a second or two.`)
  if (findings.length === 0) return console.log('Nothing was changed, removed or inserted.')
  for (const { text } of findings.slice(0, SHOWN)) console.error(text)
  if (findings.length > SHOWN) console.error(`… and ${findings.length - SHOWN} more`)
  process.exitCode = TAMPERED
}

function readHeads(file: string): { time: string; heads: Head[] } {
  const text = readFileSync(file, 'utf8')
  try {
    const { time, heads } = JSON.parse(text)
    if (typeof time === 'string' && Array.isArray(heads)) return { time, heads }
  } catch {
    // as if it were something else
  }
  throw new Error(`${file} was not written by the command head`)
}

async function head(db: Database): Promise<void> {
  const heads = await headsOf(db, Number.POSITIVE_INFINITY)
  console.log(JSON.stringify({ time: fromNow(), heads }, undefined, 2))
}

async function hold(db: Database, config: Config): Promise<void> {
  const subject = subjectGiven()
  const log = await openLog(db, config)
  await db.insert(access_log_hold).values({ subject, since: fromNow(), author: author() }).onConflictDoNothing()
  await log.close('/access-log/hold', 'update', [subject])
  console.log(`The rows about ${subject} are kept until you release them.`)
}

async function release(db: Database, config: Config): Promise<void> {
  const subject = subjectGiven()
  const log = await openLog(db, config)
  const released = await db.delete(access_log_hold).where(eq(access_log_hold.subject, subject)).returning()
  if (released.length === 0) throw new Error(`There is no hold on ${subject}`)
  await log.close('/access-log/release', 'update', [subject])
  console.log(`The rows about ${subject} are removed when they are old enough.`)
}

async function holds(db: Database): Promise<void> {
  const rows = await db.select().from(access_log_hold).orderBy(access_log_hold.subject)
  if (rows.length > 0) console.table(rows)
  else console.log('There are no holds.')
}

async function remove(db: Database, config: Config): Promise<void> {
  const days = options.days === undefined ? config.accessLogRetentionDays : Number(options.days)
  if (days === undefined) throw new Error('Give --days, or set ACCESS_LOG_RETENTION_DAYS')
  if (!Number.isInteger(days) || days < 1) throw new Error('--days must be a whole number from 1')
  const { old, held } = await countOldRows(db, days)
  const kept = held > 0 ? ` ${held} of them are on hold and are kept.` : ''
  if (options['dry-run']) return console.log(`${old} rows are older than ${days} days.${kept} Nothing was removed.`)
  const progress = createProgress('rows removed')
  const log = await openLog(db, config)
  const onProgress = (rows: number) => progress.show(rows, old - held)
  const removed = await removeOldRows(db, log.sealer, days, { onProgress })
  progress.end()
  await log.close(`/access-log/remove/${removed}`, 'delete')
  console.log(`${removed} rows that were older than ${days} days were removed.${kept}`)
}

/** Begins a chain of this command, before it changes anything. `close` adds the row that says what it has done. */
async function openLog(db: Database, config: Config) {
  const log = createAccessLog(db, config.accessLogKey, report)
  await log.sealer.start()
  return {
    sealer: log.sealer,
    async close(path: string, action: Action, subjects: string[] = []): Promise<void> {
      await log.write(rowOfCommand(author(), path, action, subjects))
      await log.close()
    }
  }
}

function report(error: unknown): void {
  console.error('The row of this command could not be sealed:', (error as Error).message)
}

function author(): string {
  return `cli:${userInfo().username}`
}

function subjectGiven(): string {
  const [table = '', id = ''] = parameters
  const tables = Object.values(schema).filter((one) => is(one, Table))
  if (!tables.some((one) => getTableName(one) === table)) throw new Error(`There is no table ${table}`)
  if (!/^[1-9]\d*$/.test(id) || Number(id) > MAX_ID)
    throw new Error(`The id must be a whole number from 1 to ${MAX_ID}`)
  return `${table}:${id}`
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        head: { type: 'string' },
        days: { type: 'string' },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean', short: 'h', default: false }
      }
    })
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`)
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(FAILED)
}
