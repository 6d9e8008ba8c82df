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
  const taken = ['auth', ...namesIn(join(root, 'routes/api')), ...namesIn(join(root, 'src/tables'))]
  for (const file of readdirSync(join(root, 'src/tables'))) {
    const module = (await import(pathToFileURL(join(root, 'src/tables', file)).href)) as Record<string, unknown>
    for (const [constant, table] of Object.entries(module)) {
      if (!is(table, PgTable)) continue
      const { name, columns } = getTableConfig(table)
      taken.push(name.replaceAll('_', '-'))
      const id = columns.find((column) => column.name === 'id')
      if (id?.getSQLType() === 'integer') tables.set(name, { table, constant, file })
    }
  }
  // The tests have resources of their own, in folders of support, which every server under test has besides.
  const support = readdirSync(join(root, 'test/support')).filter((file) => !file.includes('.'))
  taken.push(...namesIn(join(root, 'test')), ...support)

  const document = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as Document
  const titles = Object.keys(document.components.schemas)
  const own = filesOf(otherResource())
  const code = [...own].filter(([path]) => !path.startsWith('test/')).map(([, text]) => text)
  return {
    tables,
    taken,
    reserved: new Set([...wordsOf([...code, readFileSync(join(root, APP), 'utf8')]), ...IMPORTED, ...titles]),
    reservedInTests: wordsOf(declared(own.get('test/zz.test.ts') ?? ''))
  }
}

/** The names of the files and folders of a folder, without what follows the first dot. */
function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\..*/, '')) : []
}

/** What the files of a resource import when it has references. */
const IMPORTED = ['requireReferences', 'matches', 'references', 'reference', 'index']

/** Any other resource: the words of its files are such as a name must not be. */
function otherResource(): Resource {
  const nothing = { tables: new Map(), taken: [], reserved: new Set<string>(), reservedInTests: new Set<string>() }
  const fields = 'zz1:text(1) zz2:integer? zz3:real zz4:flag zz5:instant zz6:date'
  return resourceOf({ name: 'zz', fields, roles: 'zz', filters: 'zz1 zz2 zz4 zz5 zz6' }, nothing)
}

/** The lines of a file that declare what all of it sees. */
function declared(code: string): string[] {
  return code.match(/^(import|const|async function|interface) .*/gm) ?? []
}

/** The words of code, without those of comments and texts. */
function wordsOf(code: string[]): Set<string> {
  const plain = code.join('\n').replace(/\/\*.*?\*\/|\/\/[^\n]*|'[^'\n]*'/gs, '')
  return new Set(plain.match(/\b[A-Za-z]\w*/g))
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
