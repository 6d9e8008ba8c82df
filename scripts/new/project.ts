// What the project has already, and the places in it that name every resource.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { ROOT } from '../work-tree.ts'
import { LANGUAGE, pascal } from './names.ts'
import type { Resource } from './resource.ts'

/**
 * A table, the file of src/tables that exports it as `constant`, and its address in the API if it has one. `schema` is what its
 * records are sent as, if that has only columns of the table, and `example` is one.
 */
export type Target = {
  name: string
  constant: string
  file: string
  address: string | null
  schema: string | undefined
  example: unknown
  columns: string[]
  hasOwners: boolean
}

/** Tables by their name in SQL; names of resources, tables and tests; words with a meaning in the files of a resource. */
export type Project = { tables: Map<string, Target>; taken: string[]; reserved: Set<string> }

const APP = 'src/app.ts'
const DB = 'src/database/db.ts'

/** Returns what the project has. Imports its tables for PostgreSQL, whose types tell more than those of SQLite. */
export async function readProject(): Promise<Project> {
  process.env.DATABASE_URL = 'postgres://unused'
  const tables: Project['tables'] = new Map()
  const resources = namesIn('routes/api')
  const taken = ['auth', ...resources, ...namesIn('src/tables'), ...namesIn('test/resources')]
  for (const file of readdirSync(join(ROOT, 'src/tables'))) {
    const module: object = await import(pathToFileURL(join(ROOT, 'src/tables', file)).href)
    for (const [constant, table] of Object.entries(module)) {
      if (!is(table, PgTable)) continue
      const { name, columns } = getTableConfig(table)
      const resource = name.replaceAll('_', '-')
      const address = resources.includes(resource) ? `/api/${resource}/` : null
      const id = columns.find((column) => column.name === 'id')
      const hasOwners = address !== null && read(`routes${address}index.ts`).includes('app.owner(')
      const names = columns.map((column) => column.name)
      const shown = address === null ? undefined : await schemaOf(resource, names)
      const { schema, example } = shown ?? {}
      const target = { name, constant, file, address, schema, example, columns: names, hasOwners }
      if (id?.getSQLType() === 'integer') tables.set(name, target)
      taken.push(resource)
    }
  }
  const titles = Object.keys(JSON.parse(read('openapi.json')).components.schemas)
  const code = [APP, ...namesIn('test/support/part').map((file) => `test/support/part/${file}.ts`)].map(read)
  const words = code.flatMap((text) => text.replace(NO_NAMES, '').match(/\b[A-Za-z]\w*/g) ?? [])
  return { tables, taken, reserved: new Set([...words, ...titles, ...LANGUAGE]) }
}

/** Comments, texts, and the keys of objects. */
const NO_NAMES = /\/\*.*?\*\/|\/\/.*|'.*?'|\w+: |\.\w+/g

/** Returns the schema of a resource's records and an example, if it has the usual name and only fields that are columns. */
async function schemaOf(
  resource: string,
  columns: string[]
): Promise<{ schema: string; example: unknown } | undefined> {
  const path = join(ROOT, 'routes/api', resource, 'schema.ts')
  const schemas: Record<string, { properties: object; examples?: unknown[] }> = await import(pathToFileURL(path).href)
  const schema = pascal(resource)
  const found = schemas[`${schema}Body`] && schemas[schema]
  const isPlain = found && Object.keys(found.properties).every((field) => columns.includes(field))
  return isPlain ? { schema, example: found.examples?.[0] } : undefined
}

/** Returns the names of the files and folders of a folder, up to their first dot. */
function namesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).map((file) => file.replace(/\..*/, ''))
}

/** Returns the files that name every resource, with the resource added. Throws if the place for it is not found. */
export function registered({ name, constant, plugin, links }: Resource): Map<string, string> {
  const tables = links.map(({ pair, table }) => [pair, table.replaceAll('_', '-')])
  const lines: [file: string, place: RegExp, line: string][] = [
    [APP, /^(?=import .* from '\.\.\/routes\/)/m, `import ${plugin} from '../routes/api/${name}/index.ts'`],
    [APP, /(?<=apiScope.*\n( {4}.*\n)*)(?= {2}\})/, `    api.register(${plugin}, { prefix: '/api/${name}' })`],
    ...[[constant, name], ...tables].flatMap(([table, file]): [string, RegExp, string][] => [
      [DB, /^(?=import \* as .* from '\.\.\/tables\/)/m, `import * as ${table}Tables from '../tables/${file}.ts'`],
      [DB, /(?<=^export const schema = \{\n)/m, `  ...${table}Tables,`]
    ])
  ]
  const files = new Map<string, string>()
  for (const [file, place, line] of lines) {
    const text = files.get(file) ?? read(file)
    if (!place.test(text)) throw new Error(`${file} has no place like ${place}, where a resource is added`)
    files.set(file, text.replace(place, `${line}\n`))
  }
  return files
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
