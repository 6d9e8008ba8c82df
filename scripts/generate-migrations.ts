// Generates the migrations of both engines from the tables: `npm run db:generate -- --name add-rooms`. Refuses a new
// required column without a default: its migration would fail on a table that has rows.

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Snapshot {
  tables: { [name: string]: { name: string; columns: { [name: string]: Column } } }
  /** The columns that were renamed, the new name by the old one: "room"."name". */
  _meta: { columns: { [before: string]: string } }
}

interface Column {
  notNull: boolean
  default?: unknown
  autoincrement?: boolean
  identity?: unknown
  generated?: unknown
}

const ROOT = join(import.meta.dirname, '..')
const drizzleKit = join(ROOT, 'node_modules/drizzle-kit/bin.cjs')

const undo: (() => void)[] = []
for (const [engine, DATABASE_URL] of [
  ['sqlite', 'file:unused.db'],
  ['postgres', 'postgres://unused']
] as const) {
  const before = new Set(filesOf(engine))
  undo.push(keepJournal(engine), () => {
    for (const file of filesOf(engine).filter((one) => !before.has(one))) rmSync(file)
  })
  const { status } = spawnSync(process.execPath, [drizzleKit, 'generate', ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { DATABASE_URL }
  })
  if (status !== 0) process.exit(status ?? 1)

  const [previous, next, another] = snapshotsOf(engine, before)
  const columns = previous && next && !another ? columnsWithoutValue(previous, next) : []
  if (columns.length > 0) {
    for (const step of undo) step()
    console.error(`
The rows of a table with data have no value for ${columns.join(', ')}. No migration was written.
Add .default(…) to the column, or add it without .notNull(), fill the rows, and forbid null in a second migration:
see docs/changing-a-table.md.`)
    process.exit(1)
  }
}

function filesOf(engine: string): string[] {
  return globSync(join(ROOT, 'drizzle', engine, '{*.sql,meta/*_snapshot.json}')).sort()
}

/** Returns a function that gives the list of an engine's migrations the content that it has now. */
function keepJournal(engine: string): () => void {
  const journal = join(ROOT, 'drizzle', engine, 'meta/_journal.json')
  const text = existsSync(journal) ? readFileSync(journal, 'utf8') : undefined
  return () => text !== undefined && writeFileSync(journal, text)
}

/** Returns the last snapshot of the tables that was there before, and those that are new. */
function snapshotsOf(engine: string, before: Set<string>): Snapshot[] {
  const files = filesOf(engine).filter((file) => file.endsWith('.json'))
  const old = files.filter((file) => before.has(file)).slice(-1)
  const added = files.filter((file) => !before.has(file))
  return [...old, ...added].map((file) => JSON.parse(readFileSync(file, 'utf8')))
}

/** Returns the new columns of tables that exist, in which null is forbidden and which get no value by themselves. */
function columnsWithoutValue(previous: Snapshot, next: Snapshot): string[] {
  const renamed = new Set(Object.values(next._meta.columns))
  return Object.entries(next.tables).flatMap(([key, { name, columns }]) => {
    const known = previous.tables[key]?.columns
    if (!known) return []
    const added = Object.keys(columns).filter((column) => !(column in known) && !isRenamed(renamed, name, column))
    return added.filter((column) => !hasValue(columns[column] as Column)).map((column) => `${name}.${column}`)
  })
}

// With a schema in PostgreSQL: "public"."room"."name".
function isRenamed(renamed: Set<string>, table: string, column: string): boolean {
  return [...renamed].some((path) => path.replaceAll('"', '').endsWith(`${table}.${column}`))
}

function hasValue(column: Column): boolean {
  const { notNull, autoincrement, identity, generated } = column
  return !notNull || 'default' in column || Boolean(autoincrement || identity || generated)
}
