// The project that a resource is added to: what it has already, and the two lines of it that name every resource.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import type { Document } from '../../src/openapi.ts'
import { filesOf } from './files.ts'
import { type Project, type Resource, resourceOf } from './resource.ts'
import type { Target } from './targets.ts'

const APP = 'src/app.ts'
const DB = 'src/db.ts'

/**
 * What the project in the folder `root` has. The tables must be imported for PostgreSQL, whose types tell more: set
 * DATABASE_URL before.
 */
export async function readProject(root: string): Promise<Project> {
  const tables = new Map<string, Target>()
  for (const file of readdirSync(join(root, 'src/tables'))) {
    const module = (await import(pathToFileURL(join(root, 'src/tables', file)).href)) as Record<string, unknown>
    for (const [constant, table] of Object.entries(module)) {
      if (!is(table, PgTable)) continue
      const { name, columns } = getTableConfig(table)
      if (columns.some((column) => column.name === 'id')) tables.set(name, { table, constant, file })
    }
  }
  const folders = existsSync(join(root, 'routes/api')) ? readdirSync(join(root, 'routes/api')) : []
  const suites = readdirSync(join(root, 'test')).map((file) => file.replace(/\.test\.ts$/, ''))
  const document = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as Document
  const reserved = wordsOfAResource(readFileSync(join(root, APP), 'utf8'))
  for (const title of Object.keys(document.components.schemas)) reserved.add(title)
  return { tables, taken: [...folders, ...suites, 'auth'], reserved }
}

// A name of theirs would be declared twice in a file: what stands in the files of any other resource, and in src/app.ts.
function wordsOfAResource(app: string): Set<string> {
  const nothing = { tables: new Map(), taken: [], reserved: new Set<string>() }
  const fields = 'zz1:text(1) zz2:integer? zz3:real zz4:flag zz5:instant zz6:date'
  const other = resourceOf({ name: 'zz', fields, roles: 'zz', filters: 'zz1 zz2 zz4 zz5 zz6' }, nothing)
  const code = [...filesOf(other)].filter(([path]) => !path.startsWith('test/')).map(([, text]) => text)
  const imported = 'requireReferences matches references reference index'
  const plain = [...code, app].join('\n').replace(/\/\*.*?\*\/|\/\/[^\n]*|'[^'\n]*'/gs, '')
  return new Set(`${plain} ${imported}`.match(/\b[A-Za-z]\w*/g))
}

/** The files that name every resource, with the resource added. Throws when they have lost the place for it. */
export function registered(root: string, { name, constant, plugin }: Resource): Map<string, string> {
  const app = readFileSync(join(root, APP), 'utf8')
  const db = readFileSync(join(root, DB), 'utf8')
  return new Map([
    [
      APP,
      replaced(
        replaced(
          app,
          APP,
          /^(import .* from '\.\.\/routes\/)/m,
          `import ${plugin} from '../routes/api/${name}/index.ts'\n$1`
        ),
        APP,
        /(async function apiScope\(api\) \{\n(?: {4}.*\n)*)/,
        `$1    api.register(${plugin}, { prefix: '/api/${name}' })\n`
      )
    ],
    [
      DB,
      replaced(
        replaced(
          db,
          DB,
          /^(import \* as .* from '\.\/tables\/)/m,
          `import * as ${constant}Tables from './tables/${name}.ts'\n$1`
        ),
        DB,
        /^(export const schema = \{\n)/m,
        `$1  ...${constant}Tables,\n`
      )
    ]
  ])
}

function replaced(text: string, file: string, place: RegExp, by: string): string {
  if (!place.test(text)) throw new Error(`${file} has no place like ${place} any more, where a resource is added`)
  return text.replace(place, by)
}
