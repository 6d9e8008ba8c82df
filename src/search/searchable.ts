// Which columns of a table can be searched by words. Triggers note every change of them, whoever makes it, and the index of
// words follows. Like the other triggers they are not in the migrations: they are looked for at every start.

import { createHash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { getTableName } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type pg from 'pg'
import { engine } from '../config.ts'
import type { RecordTable } from '../nested.ts'

/** A table whose records can be found by the words of some columns, which hold text. */
export interface Searchable {
  table: RecordTable
  searched: AnyPgColumn[]
}

/** Declares that lists of a table can be searched by the words of these columns. Export it beside the table. */
export function searchable(table: RecordTable, ...searched: AnyPgColumn[]): Searchable {
  return { table, searched }
}

export function isSearchable(value: unknown): value is Searchable {
  return typeof value === 'object' && value !== null && 'searched' in value && 'table' in value
}

/** To be raised when `wordsOf` returns other words than before: then all records are read again. */
const VERSION = 1

/** Returns the triggers of a table by their names, which change with the columns. */
export function searchTriggers({ table, searched }: Searchable): Map<string, string> {
  const name = getTableName(table)
  const columns = searched.map((column) => `"${column.name}"`).join(', ')
  const mark = createHash('sha256').update(`${VERSION} ${columns}`).digest('hex').slice(0, 8)
  const trigger = `search_${name}_${mark}`
  if (engine === 'postgres') {
    const when = `after insert or delete or update of ${columns}`
    const create = `create or replace trigger ${trigger} ${when} on "${name}" for each row execute function note_search_change()`
    return new Map([[trigger, create]])
  }
  const note = `INSERT INTO search_change (record_table, record_id) VALUES ('${name}', new.id);`
  const forget = `DELETE FROM search_word WHERE record_table = '${name}' AND record_id = old.id;`
  const kinds: [kind: string, event: string, work: string][] = [
    ['insert', 'INSERT', note],
    ['update', `UPDATE OF ${columns}`, forget + note],
    ['delete', 'DELETE', forget]
  ]
  return new Map(
    kinds.map(([kind, event, work]) => [
      `${trigger}_${kind}`,
      `CREATE TRIGGER IF NOT EXISTS "${trigger}_${kind}" AFTER ${event} ON "${name}" BEGIN ${work} END`
    ])
  )
}

const FUNCTION = `create or replace function note_search_change() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' then
    delete from search_word where record_table = tg_table_name and record_id = old.id;
  end if;
  if tg_op <> 'DELETE' then
    insert into search_change (record_table, record_id) values (tg_table_name, new.id);
  end if;
  return null;
end $$`

/** Adds the triggers that are missing, and removes those of columns that can no longer be searched. */
export function watchChangesInSqlite(connection: Sqlite.Database, searchables: Searchable[]): void {
  const named = (type: string, name: string) =>
    connection
      .prepare('SELECT name FROM sqlite_schema WHERE type = ? AND name GLOB ?')
      .pluck()
      .all(type, name) as string[]
  if (named('table', 'search_change').length === 0) return
  const existing = named('trigger', 'search_*')
  const { outdated, missing } = compare(existing, searchables)
  for (const name of outdated) connection.exec(`DROP TRIGGER "${name}"`)
  for (const [name, statements] of missing) {
    if (named('table', name).length === 0) continue
    for (const statement of [...statements, ...readAgain(name)]) connection.exec(statement)
  }
}

/** Does the same in the open transaction of a connection to PostgreSQL. */
export async function watchChangesInPostgres(connection: pg.Client, searchables: Searchable[]): Promise<void> {
  const { rows } = await connection.query<{ name: string; owner: string }>(
    `select tgname as name, tgrelid::regclass::text as owner from pg_trigger
     where tgname like 'search\\_%' and not tgisinternal and to_regclass('search_change') is not null
     union all select 'search_change', '' where to_regclass('search_change') is not null`
  )
  if (rows.length === 0) return // the table does not exist yet
  const triggers = rows.filter(({ owner }) => owner !== '')
  const { outdated, missing } = compare(
    triggers.map(({ name }) => name),
    searchables
  )
  for (const { name, owner } of triggers)
    if (outdated.includes(name)) await connection.query(`drop trigger ${name} on ${owner}`)
  const { rows: functions } = await connection.query("select 1 from pg_proc where proname = 'note_search_change'")
  if (functions.length === 0) await connection.query(FUNCTION)
  for (const [name, statements] of missing) {
    const { rows: tables } = await connection.query('select to_regclass($1) as found', [`"${name}"`])
    if (!tables[0]?.found) continue
    for (const statement of [...statements, ...readAgain(name)]) await connection.query(statement)
  }
}

/** Returns the triggers that nobody needs, and the statements that create the missing ones of each table. */
function compare(existing: string[], searchables: Searchable[]) {
  const wanted = searchables.map((one) => [getTableName(one.table), searchTriggers(one)] as const)
  const names = new Set(wanted.flatMap(([, triggers]) => [...triggers.keys()]))
  return {
    outdated: existing.filter((name) => !names.has(name)),
    missing: wanted.flatMap(([table, triggers]) => {
      const isComplete = [...triggers.keys()].every((name) => existing.includes(name))
      return isComplete ? [] : [[table, [...triggers.values()]] as const]
    })
  }
}

/** Returns statements that have all records of a table read again. The server does that while it runs. */
function readAgain(table: string): string[] {
  return [
    `DELETE FROM search_word WHERE record_table = '${table}'`,
    `INSERT INTO search_change (record_table, record_id) SELECT '${table}', id FROM "${table}"`
  ]
}
