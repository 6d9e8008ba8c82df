// References whose record is shown in place of its id: what they change in the schema and the routes.

import type { Field } from './fields.ts'
import type { Resource } from './resource.ts'

type Nested = Field & { nested: string; target: NonNullable<Field['target']> }

const nestedOf = ({ fields }: Resource) => fields.filter((field): field is Nested => field.nested !== undefined)

/** Returns the code of the schema with nested records: what is sent has the record, what is taken has the id. */
export function withNestedSchemas(code: string, resource: Resource): string {
  const nested = nestedOf(resource)
  if (nested.length === 0) return code
  const imports = nested.map(({ target: { schema, address } }) => {
    return `import { ${schema} } from '..${address?.replace('/api', '')}schema.ts'\n`
  })
  const shown = nested.map(({ nested, target }) => `, ${nested}: ${JSON.stringify(target.example)}`)
  return code
    .replace(/\n\n/, `\n${[...new Set(imports)].join('')}\n`)
    .replace(/(?<=\{ id: 1, \.\.\.example)/, shown.join(''))
    .replace('[example]', `[{ ...example, ${nested.map(({ name }) => `${name}: 1`)} }]`)
}

/** Returns the code of the routes with nested records: the reader reads them, and a new record is returned with them. */
export function withNestedRecords(code: string, resource: Resource): string {
  const nested = nestedOf(resource)
  if (nested.length === 0) return code
  const { constant } = resource
  const shown = nested.map(({ nested, name, target }) => `${nested}: one(${target.constant}, ${constant}.${name})`)
  const read = nested.map(({ nested, name, nullable, target: { constant: table } }) => {
    const record = `single(await tx.select().from(${table}).where(eq(${table}.id, added.${name})))`
    return `${nested}: ${nullable ? `added.${name} === null ? null : ${record}` : record}`
  })
  return code
    .replace(/(?=import \{ createRecordReader)/, "import { one } from '../../../src/nested.ts'\n")
    .replace(/(?<=createRecordReader\(.*)(?=\))/, `, { ${shown} }`)
    .replace(/return (single\(await tx\.insert.*\))\n/, `const added = $1\nreturn { ...added, ${read} }\n`)
    .replace(/return row(?=\n {4}\}\n {2}\}\)\n\n {2}app\.delete)/, 'return await records.find(id)')
}
