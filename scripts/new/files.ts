// The files of a resource. Its table, schemas and routes are copies of test/support/part, a resource with a field of every
// kind, with other names and fields. The formatter removes unused imports, sorts the others, and breaks the lines.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../work-tree.ts'
import { type Field, importsOf } from './fields.ts'
import { linkFiles, withLinks } from './link-files.ts'
import { withNestedRecords, withNestedSchemas } from './nested-fields.ts'
import type { Resource } from './resource.ts'
import { testFile } from './test-file.ts'

/** Returns the files by their path in the project. */
export function filesOf(resource: Resource): Map<string, string> {
  return new Map([
    [`src/tables/${resource.name}.ts`, tableFile(resource)],
    [`routes/api/${resource.name}/schema.ts`, schemaFile(resource)],
    [`routes/api/${resource.name}/index.ts`, routesFile(resource)],
    ...linkFiles(resource),
    [`test/resources/${resource.name}.test.ts`, testFile(resource)]
  ])
}

function tableFile(resource: Resource): string {
  const { table, constant, fields, searched, unique } = resource
  const columns = fields.map(({ name, column, nullable, byDefault, unique }) => {
    const all = [column, nullable ? '' : '.notNull()', byDefault && `.default(${byDefault})`, unique && '.unique()']
    return `${name}: ${all.filter(Boolean).join('')}`
  })
  const groups = unique.filter(({ length }) => length > 1).map((group) => group.map(({ name }) => name))
  const indexes = [
    ...fields.flatMap((field) => indexOf(field, resource)),
    ...groups.map((names) => `uniqueIndex('${table}_${names.join('_')}').on(${names.map((name) => `columns.${name}`)})`)
  ]
  return copyOf('table.ts', resource)
    .replace(/import \{\n {2}date/, `${fields.some(({ self }) => self) ? SELF : ''}import { choice, uniqueIndex, date`)
    .replaceAll("'../../../src/", "'../")
    .replace(/import .*sample.*\n/, importsOf(fields, './'))
    .replace(/(?<=version: version\(\),\n)[^}]*/, columns.join(',\n'))
    .replace(/,\s*\(columns\) => \[.*\]/s, indexes.length > 0 ? `, (columns) => [${indexes}]` : '')
    .replace(/\nexport const .* = searchable\(.*\)\n/, (line) =>
      searched ? line.replace(/\(.*\)/, `(${constant}, ${constant}.${searched.name})`) : ''
    )
}

/** Returns the code of the index that lists need for a field. */
function indexOf(field: Field, { table, filters, sort }: Resource): string[] {
  const name = `'${table}_${field.name}'`
  const isFilter = filters.includes(field)
  if (sort.includes(field) || (isFilter && ['text', 'choice', 'email', 'url'].includes(field.kind)))
    return [`sortIndex(${name}, columns.${field.name}, columns.id)`]
  return isFilter && !field.unique ? [`index(${name}).on(columns.${field.name})`] : []
}

function schemaFile(resource: Resource): string {
  const { fields } = resource
  const choices = fields.flatMap((field) =>
    field.choices ? `export const ${field.sent} = Choice('${field.choices.join("', '")}')\n\n` : []
  )
  const sent = fields.map(({ name, nullable, sent, nested, target }) => {
    const schema = (nested && target?.schema) || sent
    return `${nested ?? name}: ${nullable ? `Nullable(${schema})` : schema}`
  })
  const optional = (schema: string) => `Type.Optional(Nullable(${schema}))`
  const defaulted = (schema: string, value: string) =>
    `Type.Optional({ ...${schema}, description: 'Default: ${value.replaceAll("'", '')}.' })`
  const taken = fields.map(({ name, nullable, taken, byDefault }) => {
    if (name === resource.owner?.name) return `${name}: ${defaulted(taken, 'the caller')}`
    return `${name}: ${byDefault ? defaulted(taken, byDefault) : nullable ? optional(taken) : taken}`
  })
  const plain = fields.filter(({ nested }) => !nested)
  const code = copyOf('schema.ts', resource)
    .replace(/(?=import \{\n {2}AnyDate)/, FIELD_SCHEMAS)
    .replace(/(?=const example = )/, choices.join(''))
    .replace(/(?<=example = )\{.*?\}/s, `{ ${plain.map(({ name, example }) => `${name}: ${example}`)} }`)
    .replace(/\{\s*id: Id,.*?\}/s, `{ id: Id, ${sent} }`)
    .replace(/(?<=Strict\(\s*)\{.*?\}/s, `{ ${taken} }`)
  return withNestedSchemas(code, resource)
}

function routesFile(resource: Resource): string {
  const { name, constant, fields, filters, ranges, sort, searched, roles, owner } = resource
  const references = fields.flatMap((field) => (field.target ? `${field.name}: ${field.target.constant}` : []))
  const lists = Object.entries({ filters, ranges, sort }).filter(([, chosen]) => chosen.length > 0)
  const options = lists.map(([option, chosen]) => `${option}: ${JSON.stringify(chosen.map((field) => field.name))}`)
  if (searched) options.push(`search: ${constant}Search`)
  const code = copyOf('index.ts', resource)
    .replace(/import .*sample.*\n/, importsOf(fields, '../../../src/tables/'))
    .replace("'./table.ts'", `'../../../src/tables/${name}.ts'`)
    .replace(/(?<=app\.allow\().*(?=\))/, `'${roles.join("', '")}'`)
    .replace(/(?<=app\.subject\().*(?=\))/, subjectOf(resource))
    .replace(/(?<=references = )\{.*\}/, `{ ${references} }`)
    .replace(/(?<=createList\(db, records, \w+, \w+), \{.*?\}/s, options.length > 0 ? `, { ${options} }` : '')
  const plain = / *const references .*\n|.*await requireReferences.*\n/g
  const checked = references.length > 0 ? code : code.replace(plain, '')
  const owned = owner ? withOwner(checked, resource, owner) : checked
  return withLinks(withNestedRecords(owned, resource), resource)
}

/** Returns the code of the routes with an owner in every operation. */
function withOwner(code: string, { constant, all }: Resource, { name }: Field): string {
  const roles = all.map((role) => `'${role}'`)
  return code
    .replace(/(?<=app\.subject\(.*\)\n)/, `  const owner = app.owner(${constant}.${name}, { all: [${roles}] })\n`)
    .replace('list({ query }) {', 'list(request) {\n      const { query } = request')
    .replace('listing.read(query)', 'listing.read(query, owner.visible(request))')
    .replaceAll('records.find(id) // throws', 'records.find(id, owner.visible(request)) // throws')
    .replace('.values(request.body)', `.values({ ${name}: owner.caller(request), ...request.body })`)
    .replace(/newValues, (ifMatch\(.*?\))\)/, 'newValues, and(owner.visible(request), $1))')
    .replace(/(?<=\.where\(and\(eq\(.*?\), )/, 'owner.visible(request), ')
}

/** Returns the arguments of `app.subject`. */
function subjectOf({ subject, toSubject, constant }: Resource): string {
  if (subject === 'none') return "'none'"
  return toSubject?.target ? `${toSubject.target.constant}, ${constant}.${toSubject.name}` : constant
}

const SELF = "import type { AnyPgColumn } from 'drizzle-orm/pg-core'\n"

/** The schemas of all kinds that test/support/part does not have. */
const FIELD_SCHEMAS = "import { Choice, DoubleFrom, Email, IntegerFrom, Url } from '../../../src/field-schemas.ts'\n"

const NAMES = /\/api\/part\/|'part'|part, 'Part'|Part deleted|\{ parts: Part|\{ parts,|parts|part|Part/g

/** Returns a file of the resource `part` with the names of another resource. */
function copyOf(file: string, { name, table, list, constant, plugin, type, title, titles }: Resource): string {
  const names: Record<string, string> = {
    '/api/part/': `/api/${name}/`,
    "'part'": `'${table}'`,
    "part, 'Part'": `${constant}, '${title}'`,
    'Part deleted': `${title} deleted`,
    '{ parts: Part': `{ ${list}: ${type}`,
    '{ parts,': list === plugin ? `{ ${list},` : `{ ${list}: ${plugin},`,
    parts: plugin,
    part: constant,
    Part: type
  }
  const text = readFileSync(join(ROOT, 'test/support/part', file), 'utf8')
  return text.replace(NAMES, (found) => names[found] ?? found).replace(/^\/\/ .*/, `// The ${titles}.`)
}
