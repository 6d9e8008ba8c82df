// Gives out or removes everything that is known about one person, or about whatever else the subjects of the resources are.

import { randomBytes } from 'node:crypto'
import { createWriteStream, openSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { eq } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { databaseFailure } from '../src/database/failures.ts'
import { createProgress } from '../src/progress.ts'
import { MAX_ID } from '../src/schemas.ts'
import { type Counts, countRecords, eraseRecords, Referred, referrersOf } from './subject/subject-erasure.ts'
import { exportText } from './subject/subject-export.ts'
import { logCommand } from './subject/subject-log.ts'
import { type SubjectTable, subjectTable, tablesOf, UnknownTable } from './subject/subject-tables.ts'

const FAILED = 1
const MISUSED = 2

const USAGE = `Usage: npm run subject -- <command> <table> <id>

  export <table> <id> [--output <file>]      write all records of the subject, and the rows of the access log about it, as
                                             JSON: to a new file that only you can read, or to standard output
  erase <table> <id> [--yes] [--dry-run]     remove all records of the subject; the access log keeps its rows about it.
                                             --yes does not ask; --dry-run only counts

The subject is a record of <table>. Its records are those of the resources that state it with app.subject(…). Both commands
add a row to the access log, with your name. To get nothing but JSON on standard output: npm run --silent subject -- export …
The exit code is 0 if it is done, 1 if it failed, and 2 if the arguments are wrong. The database is that of DATABASE_URL.`

const { values: options, positionals } = parse()
const [command = '', table = '', idText = '', ...rest] = positionals
if (options.help || command === 'help') {
  console.log(USAGE)
  process.exit()
}
if (!['export', 'erase'].includes(command)) misuse(`The command must be export or erase: ${command || 'none is given'}`)
if (table === '') misuse('<table> is missing')
if (!/^[1-9]\d{0,9}$/.test(idText) || Number(idText) > MAX_ID)
  misuse(`<id> must be a positive integer: ${idText || 'none is given'}`)
if (rest.length > 0) misuse(`There are too many arguments: ${rest.join(' ')}`)
if (command === 'export' && options.yes) misuse('export takes no --yes')
if (command === 'export' && options['dry-run']) misuse('export takes no --dry-run')
if (command === 'erase' && options.output !== undefined) misuse('erase takes no --output')
if (options.output === '') misuse('--output must name a file')

const subject = { table, id: Number(idText) }

// The command signs nothing.
const secret = () => randomBytes(32).toString('hex')

try {
  const config = loadConfig(undefined, { withSecrets: false })
  const app = await buildApp({ ...config, secretKey: secret(), jwtSecretKey: secret() })
  try {
    const tables = tablesOf(app.db, app.subjectStatements, subject)
    await requireSubject(app)
    await (command === 'export' ? exportSubject(app, tables) : erase(app, tables))
  } finally {
    await app.close()
  }
} catch (error) {
  fail(describeFailure(error), error instanceof UnknownTable ? MISUSED : FAILED)
}

// A driver's message quotes the statement with its values.
function describeFailure(error: unknown): string {
  const { code, message, syscall = '' } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return `--output ${options.output} exists already. Nothing was written`
  if (['open', 'write'].includes(syscall)) return `--output ${options.output ?? '-'} cannot be written (${code})`
  const failure = databaseFailure(error)
  return failure ? `The database failed (${failure}). Nothing was removed` : message
}

async function requireSubject({ db, subjectStatements }: FastifyInstance): Promise<void> {
  const { id } = subjectTable(subjectStatements, table)
  const rows = await db
    .select({ id })
    .from(id.table as PgTable)
    .where(eq(id, subject.id))
  if (rows.length === 0) throw new Error(`There is no ${table} with the <id> ${subject.id}`)
}

async function exportSubject(app: FastifyInstance, tables: SubjectTable[]): Promise<void> {
  const { output } = options
  const file = output === undefined ? undefined : openSync(output, 'wx', 0o600)
  try {
    // Before any data leaves, as for a request.
    await logCommand(app, { command, action: 'execute', subject, status: 200 })
    const total = (await countRecords(app.db, tables)).reduce((sum, [, records]) => sum + records, 0)
    const progress = createProgress('records')
    const text = Readable.from(exportText(app.db, subject, tables, (count) => progress.show(count, total)))
    if (file === undefined) await pipeline(text, process.stdout, { end: false })
    else await pipeline(text, createWriteStream('', { fd: file }))
    progress.end()
  } catch (error) {
    if (output !== undefined) rmSync(output, { force: true })
    throw error
  }
  if (output !== undefined) console.log(`The records of ${table} ${subject.id} are in ${output}.`)
}

async function erase(app: FastifyInstance, tables: SubjectTable[]): Promise<void> {
  const { db } = app
  if (options['dry-run']) {
    const referrers = await referrersOf(db, tables)
    const found = await countRecords(db, tables)
    console.log(`${describe(found)} would be removed.`)
    if (referrers.length > 0) throw new Referred(referrers)
    return
  }
  if (!options.yes) await confirm(await countRecords(db, tables))
  const log = (status: number) => logCommand(app, { command, action: 'delete', subject, status })
  const removed = await eraseRecords(db, tables).catch(async (error) => {
    await log(error instanceof Referred ? 409 : 503).catch(() => {}) // the log itself reports what it lost
    throw error
  })
  await log(200).catch(() => {
    throw new Error(`${describe(removed)} removed, but the access log could not be written`)
  })
  console.log(`${describe(removed)} removed. The rows of the access log about ${table} ${subject.id} stay.`)
  if (!(await db.connection.checkpoint())) {
    console.error('Another process is using the database, so its -wal file still has the data until the next clean-up.')
  }
}

async function confirm(counts: Counts): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  const question = `${describe(counts)} will be removed for good. Type the id of the ${table} to confirm: `
  const answer = await Promise.race([terminal.question(question), ended])
  terminal.close()
  if (answer.trim() !== String(subject.id)) throw new Error('That is not the id. Nothing was removed')
}

function describe(counts: Counts): string {
  const total = counts.reduce((sum, [, records]) => sum + records, 0)
  const tables = counts.filter(([, records]) => records > 0).map(([name, records]) => `${records} ${name}`)
  return `${total} ${total === 1 ? 'record' : 'records'}${total > 0 ? ` (${tables.join(', ')})` : ''}`
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        yes: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false }
      }
    })
  } catch (error) {
    return misuse((error as Error).message)
  }
}

function misuse(problem: string): never {
  return fail(`${problem}\n\n${USAGE}`, MISUSED)
}

function fail(message: string, code: number): never {
  console.error(message)
  process.exit(code)
}
