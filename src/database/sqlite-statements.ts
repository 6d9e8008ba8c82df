// How statements run on the one connection to SQLite. Each text is compiled once.

import type Sqlite from 'better-sqlite3'
import { Column, getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { AsyncRemoteCallback } from 'drizzle-orm/sqlite-proxy'
import type { Level } from './db.ts'

/** How many compiled statements are kept. The program has far fewer of its own; lists of values make the rest. */
const COMPILED_LIMIT = 500

type Compile = (sql: string) => Sqlite.Statement

/** Returns a function that compiles a text, or returns it as it was compiled before. Rows are lists of values. */
export function createCompiler(sqlite: Sqlite.Database): Compile {
  const compiled = new Map<string, Sqlite.Statement>()
  return (sql) => {
    let statement = compiled.get(sql)
    if (!statement) {
      if (compiled.size >= COMPILED_LIMIT) compiled.clear()
      statement = sqlite.prepare(sql)
      if (statement.reader) statement.raw()
      compiled.set(sql, statement)
    }
    return statement
  }
}

/** Runs SQL as Drizzle's proxy driver asks for it, and `changed` with its text after a statement that writes. */
export function createExecutor(compile: Compile, changed: (text: string) => void) {
  return (...[sql, parameters, method]: Parameters<AsyncRemoteCallback>): { rows: unknown[] } => {
    const [text, values] = withLiteralLimits(sql, parameters)
    const statement = compile(text)
    let rows: unknown[] = []
    if (!statement.reader) statement.run(...values)
    else if (method === 'get') rows = statement.get(...values) as unknown[]
    else rows = statement.all(...values)
    if (!statement.readonly) changed(text)
    return { rows }
  }
}

/**
 * Writes the numbers of `limit ?` into the text of a statement. SQLite plans a statement with a bound limit again each time
 * it is executed, because the best plan depends on the number. Drizzle binds every limit, also that of a nested record.
 */
function withLiteralLimits(sql: string, parameters: unknown[]): [sql: string, parameters: unknown[]] {
  if (!sql.includes(' limit ?')) return [sql, parameters]
  const [first = '', ...rest] = sql.split('?')
  let text = first
  const bound: unknown[] = []
  for (const [index, part] of rest.entries()) {
    const value = parameters[index]
    const isLimit = text.endsWith(' limit ') && Number.isSafeInteger(value)
    if (!isLimit) bound.push(value)
    text += (isLimit ? value : '?') + part
  }
  return [text, bound]
}

/**
 * Returns a function that inserts rows with one statement, and returns their ids. Drizzle would build the text of the statement
 * anew each time; here each number of rows has its own.
 */
export function createAppender<Row extends object>(
  sqlite: Sqlite.Database,
  table: PgTable & { $inferInsert: Row }
): (rows: Row[]) => number[] {
  const given = Object.entries(getTableColumns(table)).flatMap(([name, column]) => {
    return column.primary ? [] : [{ name, column: column.name, encode: encoderOf(column) }]
  })
  const names = given.map(({ column }) => `"${column}"`).join(', ')
  const oneRow = `(${given.map(() => '?').join(', ')})`
  const statements = new Map<number, Sqlite.Statement>()

  return (rows) => {
    let statement = statements.get(rows.length)
    if (!statement) {
      const values = Array(rows.length).fill(oneRow).join(', ')
      statement = sqlite.prepare(`INSERT INTO "${getTableName(table)}" (${names}) VALUES ${values}`)
      statements.set(rows.length, statement)
    }
    const values: unknown[] = []
    for (const row of rows) {
      for (const { name, encode } of given) {
        const value = row[name as keyof typeof row] ?? null
        values.push(value === null || !encode ? value : encode(value))
      }
    }
    const { lastInsertRowid } = statement.run(...values)
    // One statement gives its rows consecutive ids.
    return rows.map((_, index) => Number(lastInsertRowid) - rows.length + 1 + index)
  }
}

/** Returns what writes a value for the driver, or undefined when it is written as it is. */
function encoderOf(column: Column): ((value: unknown) => unknown) | undefined {
  const isStored = column.mapToDriverValue === Column.prototype.mapToDriverValue
  return isStored ? undefined : (value) => column.mapToDriverValue(value)
}

/** Returns a function that reads the rows of each level, all at the same moment. */
export function createTreeReader(compile: Compile, levels: Level[]): (ids: number[]) => unknown[][][] {
  const texts = levels.map(({ table, columns, key, limit }) => {
    const names = columns.map((name) => `"${name}"`)
    const where = `"${key}" in (select value from json_each(?))`
    return `select ${names} from "${table}" where ${where} order by "${key}" desc, "id" desc limit ${limit}`
  })

  function readLevels(ids: number[]): unknown[][][] {
    const found: unknown[][][] = []
    for (const [index, { parent }] of levels.entries()) {
      const keys = parent ? [...new Set(found[parent.level]?.map((row) => row[parent.column]))] : ids
      const rows = keys.length === 0 ? [] : compile(texts[index] as string).all(JSON.stringify(keys))
      found.push(rows as unknown[][])
    }
    return found
  }

  return (ids) => {
    compile('begin').run()
    try {
      return readLevels(ids)
    } finally {
      compile('commit').run()
    }
  }
}
