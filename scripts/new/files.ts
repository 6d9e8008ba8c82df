// The files of a resource. Its table, schemas and routes are copies of test/support/part, a resource with a field of every
// kind, with other names and fields. The formatter removes unused imports, sorts the others, and breaks the lines.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../work-tree.ts'
import type { Field } from './fields.ts'
import type { Target } from './project.ts'
import type { Resource } from './resource.ts'

/** Returns the files by their path in the project. */
export function filesOf(resource: Resource): Map<string, string> {
  return new Map([
    [`src/tables/${resource.name}.ts`, tableFile(resource)],
    [`routes/api/${resource.name}/schema.ts`, schemaFile(resource)],
    [`routes/api/${resource.name}/index.ts`, routesFile(resource)],
    [`test/resources/${resource.name}.test.ts`, testFile(resource)]
  ])
}

function tableFile(resource: Resource): string {
  const { table, fields, filters } = resource
  const columns = fields.map(({ name, column, nullable }) => `${name}: ${column}${nullable ? '' : '.notNull()'}`)
  const indexes = filters.map(({ name }) => `index('${table}_${name}').on(columns.${name})`)
  return copyOf('table.ts', resource)
    .replace("'../../../src/database/", "'../database/")
    .replace(/import .*sample.*\n/, importsOf(fields, './'))
    .replace(/(?<=version: version\(\),\n)[^}]*/, columns.join(',\n'))
    .replace(/,\s*\(columns\) => \[.*\]/, indexes.length > 0 ? `, (columns) => [${indexes}]` : '')
}

function schemaFile(resource: Resource): string {
  const { fields } = resource
  const sent = fields.map(({ name, nullable, sent }) => `${name}: ${nullable ? `Nullable(${sent})` : sent}`)
  const optional = (schema: string) => `Type.Optional(Nullable(${schema}))`
  const taken = fields.map(({ name, nullable, taken }) => `${name}: ${nullable ? optional(taken) : taken}`)
  return copyOf('schema.ts', resource)
    .replace(/(?<=example = )\{.*?\}/s, `{ ${fields.map(({ name, example }) => `${name}: ${example}`)} }`)
    .replace(/\{\s*id: Id,.*?\}/s, `{ id: Id, ${sent} }`)
    .replace(/(?<=Strict\(\s*)\{.*?\}/s, `{ ${taken} }`)
}

function routesFile(resource: Resource): string {
  const { name, constant, fields, filters, roles } = resource
  const references = fields.flatMap((field) => (field.target ? `${field.name}: ${field.target.constant}` : []))
  const queries = filters.map((field) => `${field.name}: Type.Optional(${field.taken})`)
  const conditions = filters.map(({ name }) => `equalsIfGiven(${constant}.${name}, query.${name})`)
  const condition = conditions.length > 1 ? `and(${conditions})` : conditions.join()
  const code = copyOf('index.ts', resource)
    .replace('Changes, Id,', 'AnyDate, AnyInstant, Changes, Flag, Id, Integer, Text,')
    .replace(/import .*sample.*\n/, importsOf(fields, '../../../src/tables/'))
    .replace("'./table.ts'", `'../../../src/tables/${name}.ts'`)
    .replace(/(?<=app\.allow\().*(?=\))/, `'${roles.join("', '")}'`)
    .replace(/(?<=app\.subject\().*(?=\))/, subjectOf(resource))
    .replace(/(?<=references = )\{.*\}/, `{ ${references} }`)
    .replace(/(?<=SliceQuery\()\{.*?\}/, `{ ${queries} }`)
    .replace(/(?<=list\(query).*(?=\)\n)/, condition ? `, ${condition}` : '')
  return references.length > 0 ? code : code.replace(/ *const references .*\n|.*await requireReferences.*\n/g, '')
}

/** Returns the arguments of `app.subject`. */
function subjectOf({ subject, toSubject, constant }: Resource): string {
  if (subject === 'none') return "'none'"
  return toSubject?.target ? `${toSubject.target.constant}, ${constant}.${toSubject.name}` : constant
}

const NAMES = /\/api\/part\/|'part'|part, 'Part'|Part deleted|parts: Slice|\{ parts,|parts|part|Part/g

/** Returns a file of the resource `part` with the names of another resource. */
function copyOf(file: string, { name, table, list, constant, plugin, type, title, titles }: Resource): string {
  const names: Record<string, string> = {
    '/api/part/': `/api/${name}/`,
    "'part'": `'${table}'`,
    "part, 'Part'": `${constant}, '${title}'`,
    'Part deleted': `${title} deleted`,
    'parts: Slice': `${list}: Slice`,
    '{ parts,': list === plugin ? `{ ${list},` : `{ ${list}: ${plugin},`,
    parts: plugin,
    part: constant,
    Part: type
  }
  const text = readFileSync(join(ROOT, 'test/support/part', file), 'utf8')
  return text.replace(NAMES, (found) => names[found] ?? found).replace(/^\/\/ .*/, `// The ${titles}.`)
}

/** Returns the test: the resource's data, for the contract of every resource. */
function testFile(resource: Resource): string {
  const { name, list, titles, fields, filters, roles } = resource
  const parent = (target: Target) => `await addRecord(db, ${target.constant})`
  const body = fields.map(({ name, target, example }) => `${name}: ${target ? parent(target) : example}`)
  const own = fields.filter(({ target }) => !target)
  const changes = own.filter((field) => field === own[0] || filters.includes(field))
  const references = fields.flatMap(({ name, target }) => (target ? [[name, target.address]] : []))
  const lists = {
    nullable: fields.filter(({ nullable }) => nullable).map((field) => field.name),
    filters: filters.map((field) => field.name),
    references: Object.fromEntries(references),
    deletedWith: fields.filter(({ cascade }) => cascade).map((field) => field.name)
  }
  const used = Object.entries(lists).filter(([, list]) => Object.keys(list).length > 0)
  return `// The ${titles}: their data, for the contract of every resource.

import t from 'tap'
${importsOf(fields, '../../src/tables/')}import { addRecord } from '../support/add-record.ts'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/${name}/',
  list: '${list}',
  roles: ${JSON.stringify(roles)},
  body: ${references.length > 0 ? 'async ({ db }) =>' : '() =>'} ({ ${body} }),
  changes: { ${changes.map((field) => `${field.name}: ${field.other}`)} },
  invalid: { ${fields.map((field) => `${field.name}: [${field.invalid}]`)} }
  ${used.map(([option, list]) => `, ${option}: ${JSON.stringify(list)}`).join('')}
})
`
}

/** Returns the imports of the tables that fields refer to. */
function importsOf(fields: Field[], folder: string): string {
  const lines = fields.map(({ target }) => target && `import { ${target.constant} } from '${folder}${target.file}'\n`)
  return [...new Set(lines)].join('')
}
