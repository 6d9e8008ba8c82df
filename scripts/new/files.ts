// The table, schemas and routes of a resource, as one would write them by hand; the tests hold them against those that
// were. Line breaks are left to the formatter.

import { KINDS } from './kinds.ts'
import type { Field, Resource } from './resource.ts'
import type { Target } from './targets.ts'
import { testFile } from './test-file.ts'
import { capitalized, importing, importingTables } from './words.ts'

const SCHEMAS = '../../../src/schemas.ts'

/** The files of a resource by their path in the project. */
export function filesOf(resource: Resource): Map<string, string> {
  return new Map([
    [`src/tables/${resource.name}.ts`, tableFile(resource)],
    [`routes/api/${resource.name}/schema.ts`, schemaFile(resource)],
    [`routes/api/${resource.name}/index.ts`, routesFile(resource)],
    [`test/${resource.name}.test.ts`, testFile(resource)]
  ])
}

function tableFile({ constant, table, manyWords, fields, filters }: Resource): string {
  const indexes = filters.map(({ name }) => `index('${table}_${name}').on(columns.${name})`)
  const columns = fields.map(
    (field) => `${field.name}: ${KINDS[field.kind].column(field)}${field.nullable ? '' : '.notNull()'}`
  )
  const body = `export const ${constant} = table('${table}', {
  id: id(),
  version: version(),
  ${columns.join(',\n  ')}
}${indexes.length > 0 ? `, (columns) => [${indexes.join(', ')}]` : ''})
`
  const imports = [
    importing('../columns.ts', 'date flag id index instant integer real reference table text version', body),
    importingTables(targetsOf(fields), './')
  ]
  return `// The ${manyWords}.\n\n${imports.join('')}\n${body}`
}

function schemaFile({ type, list, fields }: Resource): string {
  const example = fields.map((field) => `${field.name}: ${KINDS[field.kind].example(field)}`)
  const nullable = (field: Field, schema: string) => (field.nullable ? `Nullable(${schema})` : schema)
  const given = fields.map((field) => `${field.name}: ${nullable(field, KINDS[field.kind].given(field))}`)
  const taken = fields.map((field) => {
    const schema = nullable(field, KINDS[field.kind].taken(field))
    return `${field.name}: ${field.nullable ? `Type.Optional(${schema})` : schema}`
  })
  const body = `const example = { ${example.join(', ')} }

export const ${type} = Type.Object({ id: Id, ${given.join(', ')} }, { title: '${type}', examples: [{ id: 1, ...example }] })

export const ${type}Body = Strict({ ${taken.join(', ')} }, { title: '${type}Body', examples: [example] })

export const ${type}List = Type.Object({ ${list}: Page(${type}), next: Next }, { title: '${type}List' })
`
  const imports = [
    importing('@sinclair/typebox', 'Type', body),
    importing(SCHEMAS, 'CalendarDate Double Flag Id Instant Integer Next Nullable Page Strict Text', body)
  ]
  return `${imports.join('')}\n${body}`
}

function routesFile(resource: Resource): string {
  const { name, constant, plugin, type, list, words, manyWords, fields, filters, roles } = resource
  const Words = capitalized(words)
  const references = fields.filter((field) => field.target)
  const requireReferences = references.length > 0 ? 'await requireReferences(db, request.body, references)\n' : ''
  const query = filters.map((field) => `${field.name}: Type.Optional(${KINDS[field.kind].taken(field)})`)
  const given = filters.map((field) => `, ${field.name}`).join('')
  const after = `gt(${constant}.id, after)`
  const matching = filters.map((field) => `matches(${constant}.${field.name}, ${field.name})`)
  const where = matching.length > 0 ? `and(${[after, ...matching].join(', ')})` : after

  const body = `const ${plugin}: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  app.allow(${roles.map((role) => `'${role}'`).join(', ')})
${references.length > 0 ? `\n  const references = { ${references.map((field) => `${field.name}: ${field.target?.constant}`).join(', ')} }\n` : ''}
  async function find(id: number) {
    const [row] = await db.select().from(${constant}).where(eq(${constant}.id, id))
    if (!row) throw new NotFound('${Words}')
    return row
  }

  // Why a write met no row: there is none, or not in the version that If-Match asks for.
  async function missingOrChanged(id: number) {
    await find(id)
    return new PreconditionFailed()
  }

  app.get('/', { schema: { querystring: PageQuery({${query.join(', ')}}), response: { 200: ${type}List } } }, async function list(request) {
    const { limit, after = 0${given} } = request.query
    const rows = await db
      .select()
      .from(${constant})
      .where(${where})
      .orderBy(asc(${constant}.id))
      .limit(limit + 1)
    const [${plugin}, next] = page(rows, limit)
    return { ${list === plugin ? list : `${list}: ${plugin}`}, next }
  })

  app.post('/', { schema: { body: ${type}Body, response: { 201: ${type} } } }, async function create(request, reply) {
    ${requireReferences}const row = only(await db.insert(${constant}).values(request.body).returning())
    return reply
      .code(201)
      .headers({ location: \`/api/${name}/\${row.id}\`, etag: etag(row) })
      .send(row)
  })

  app.get('/:id', { schema: { params: RecordPath, response: { 200: ${type} } } }, async function read(request, reply) {
    const row = await find(request.params.id)
    return reply.header('etag', etag(row)).send(row)
  })

  app.route({
    method: ['PUT', 'PATCH'],
    url: '/:id',
    schema: { params: RecordPath, headers: IfMatch, body: Changes(${type}Body), response: { 200: ${type} } },
    handler: async function update(request, reply) {
      const { id } = request.params
      ${requireReferences}const [row] = await db
        .update(${constant})
        .set({ ...request.body, version: nextVersion(${constant}.version) })
        .where(and(eq(${constant}.id, id), ifMatch(request, ${constant}.version)))
        .returning()
      if (!row) throw await missingOrChanged(id)
      return reply.header('etag', etag(row)).send(row)
    }
  })

  app.delete('/:id', { schema: { params: RecordPath, headers: IfMatch, response: { 200: Message } } }, async function remove(request) {
    const { id } = request.params
    const [row] = await db
      .delete(${constant})
      .where(and(eq(${constant}.id, id), ifMatch(request, ${constant}.version)))
      .returning()
    if (!row) throw await missingOrChanged(id)
    return { message: '${Words} deleted' }
  })
}

export default ${plugin}
`
  const imports = [
    `import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'\n`,
    importing('@sinclair/typebox', 'Type', body),
    importing('drizzle-orm', 'and asc eq gt', body),
    importing('../../../src/errors.ts', 'NotFound PreconditionFailed', body),
    importing('../../../src/records.ts', 'etag ifMatch matches nextVersion only page requireReferences', body),
    importing(SCHEMAS, 'CalendarDate Changes Flag Id IfMatch Instant Integer Message PageQuery RecordPath Text', body),
    importingTables([...targetsOf(fields), { constant, file: `${name}.ts` }], '../../../src/tables/'),
    importing('./schema.ts', `${type} ${type}Body ${type}List`, body)
  ]
  return `// The ${manyWords}.\n\n${imports.join('')}\n${body}`
}

function targetsOf(fields: Field[]): Target[] {
  return fields.flatMap(({ target }) => target ?? [])
}
