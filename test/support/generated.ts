// What the generator would write, formatted as the project is, without writing it.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

// The generator reads the tables as PostgreSQL's; they are built for the engine when they are imported.
process.env.DATABASE_URL = 'postgres://unused'
const { filesOf } = await import('../../scripts/new/files.ts')
const { readProject } = await import('../../scripts/new/project.ts')
const { resourceOf } = await import('../../scripts/new/resource.ts')
const { sample } = await import('./sample/table.ts')

export const project = await readProject(ROOT)

/** The files of a resource by their path, though one of that name exists; `sample` can be referred to as well. */
export function generated(name: string, fields: string): Map<string, string> {
  const tables = new Map(project.tables).set('sample', { table: sample, constant: 'sample', file: 'sample.ts' })
  tables.delete(name)
  const resource = resourceOf(
    { name, fields, roles: 'user' },
    { tables, taken: [], reserved: new Set(), reservedInTests: new Set() }
  )
  return new Map([...filesOf(resource)].map(([path, text]) => [path, formatted(text)]))
}

/** The text of a TypeScript file as Biome writes it. */
export function formatted(text: string): string {
  const biome = join(ROOT, 'node_modules/.bin/biome')
  return execFileSync(biome, ['check', '--write', '--stdin-file-path=file.ts'], {
    cwd: ROOT,
    input: text,
    encoding: 'utf8'
  })
}

/** A text without what is said for people, and without where its tables come from: the rest must be the generator's. */
export function essence(text: string): string {
  return text
    .replace(/^\/\/.*\n\n/, '')
    .replace(/^const example = .*?\n(?=\n)/ms, '')
    .replace(/^import .* from '.*\/(tables?\/[\w-]+|table)\.ts'\n/gm, '')
}
