// What the generator would write, without writing it.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { filesOf } from '../../scripts/new/files.ts'
import { pascal } from '../../scripts/new/names.ts'
import { readProject, type Target } from '../../scripts/new/project.ts'
import { type Request, resourceOf } from '../../scripts/new/resource.ts'
import { ROOT } from '../../scripts/work-tree.ts'

export { ROOT }

export const project = await readProject()

/** Returns a table that exists in the tests only. */
function tableOf(name: string, field: string, hasOwners = false): [string, Target] {
  const shown = { schema: pascal(name), example: { id: 1, [field]: 'Weight' }, columns: ['id', 'version', field] }
  return [name, { name, constant: name, file: `${name}.ts`, address: `/api/${name}/`, ...shown, hasOwners }]
}

/** The tables of the project, and some more. */
const tables = new Map([
  ...project.tables,
  tableOf('sample', 'name'),
  tableOf('tag', 'name'),
  tableOf('badge', 'owner_id'),
  tableOf('stop', 'place', true)
])

/** Returns the resource for a request in which only the parts that matter are given. */
export function requested(request: Partial<Request>) {
  return resourceOf({ name: 'visit', fields: 'reason:text(200)', roles: 'user', ...request }, { ...project, tables })
}

/** Returns the files of a resource by their path, formatted, even if a resource of that name exists. */
export function generated(name: string, fields: string, options: Partial<Request> = {}): Map<string, string> {
  const resource = resourceOf({ name, fields, roles: 'user', ...options }, { tables, taken: [], reserved: new Set() })
  return new Map([...filesOf(resource)].map(([path, text]) => [path, formatted(text)]))
}

/** Returns the text of a TypeScript file as the generator formats it. */
function formatted(text: string): string {
  const biome = join(ROOT, 'node_modules/.bin/biome')
  const options = { cwd: ROOT, input: text, encoding: 'utf8' } as const
  return execFileSync(biome, ['check', '--write', '--unsafe', '--stdin-file-path=file.ts'], options)
}
