// Checks the access log against its seals, removes old rows, and holds those of subjects that must be kept.

import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { eq, getTableName, is, Table } from 'drizzle-orm'
import type { Head } from '../plugins/access-log/chain.ts'
import { createAccessLog } from '../plugins/access-log/log.ts'
import { countOldRows, removeOldRows } from '../plugins/access-log/retention.ts'
import { rowOfCommand } from '../plugins/access-log/row.ts'
import { headsOf } from '../plugins/access-log/seals.ts'
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

Everything but verify, head and holds is itself logged. verify ends with status 1 if something is wrong. It needs the
ACCESS_LOG_KEY of the server. The database is that of DATABASE_URL.`

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
  const heads = options.head === undefined ? [] : readHeads(options.head)
  const progress = createProgress('rows checked')
  const { rows, entries, findings, unsealed } = await verifyLog(db, { key, heads, onProgress: progress.show })
  progress.end()
  console.log(`${rows} rows and ${entries} seals were checked.`)
  if (unsealed > 0) console.log(`${unsealed} of the rows have no seal yet: the server adds it within a second or two.`)
  if (findings.length === 0) return console.log('Nothing was changed, removed or inserted.')
  for (const { text } of findings.slice(0, SHOWN)) console.error(text)
  if (findings.length > SHOWN) console.error(`… and ${findings.length - SHOWN} more`)
  process.exitCode = 1
}

function readHeads(file: string): Head[] {
  const { heads } = JSON.parse(readFileSync(file, 'utf8'))
  if (!Array.isArray(heads)) throw new Error(`${file} was not written by the command head`)
  return heads
}

async function head(db: Database): Promise<void> {
  const heads = await headsOf(db, Number.POSITIVE_INFINITY)
  console.log(JSON.stringify({ time: fromNow(), heads }, undefined, 2))
}

async function hold(db: Database, config: Config): Promise<void> {
  const subject = subjectGiven()
  await db.insert(access_log_hold).values({ subject, since: fromNow(), author: author() }).onConflictDoNothing()
  await log(db, config, 'hold', 'update', [subject])
  console.log(`The rows about ${subject} are kept until you release them.`)
}

async function release(db: Database, config: Config): Promise<void> {
  const subject = subjectGiven()
  const released = await db.delete(access_log_hold).where(eq(access_log_hold.subject, subject)).returning()
  if (released.length === 0) throw new Error(`There is no hold on ${subject}`)
  await log(db, config, 'release', 'update', [subject])
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
  const accessLog = createAccessLog(db, config.accessLogKey, report)
  const onProgress = (rows: number) => progress.show(rows, old - held)
  await accessLog.sealer.start()
  const removed = await removeOldRows(db, accessLog.sealer, days, { onProgress })
  progress.end()
  await accessLog.write(rowOfCommand(author(), `/access-log/remove/${removed}`, 'delete'))
  await accessLog.close()
  console.log(`${removed} rows that were older than ${days} days were removed.${kept}`)
}

/** Adds a row for what this command has done. */
async function log(db: Database, config: Config, name: string, action: Action, subjects: string[]): Promise<void> {
  const accessLog = createAccessLog(db, config.accessLogKey, report)
  await accessLog.sealer.start()
  await accessLog.write(rowOfCommand(author(), `/access-log/${name}`, action, subjects))
  await accessLog.close()
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
  process.exit(1)
}
