// The files of a many-to-many: the table of pairs, and the routes that list, add and remove. test/support/ticket has an example.

import type { Link } from './links.ts'
import { capitalized, pascal } from './names.ts'
import type { Resource } from './resource.ts'

/** Returns the files by their path in the project. */
export function linkFiles(resource: Resource): Map<string, string> {
  return new Map(
    resource.links.flatMap((link) => [
      [`src/tables/${link.table.replaceAll('_', '-')}.ts`, pairsFile(link, resource)],
      [`routes/api/${resource.name}/${fileOf(link, resource)}.ts`, routesFile(link, resource)]
    ])
  )
}

/** Returns the name of the file of routes: trip-tags. */
const fileOf = ({ list }: Link, { name }: Resource) => `${name}-${list.replaceAll('_', '-')}`
const article = (word: string) => `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`

/** Returns the code of the routes of a resource with its links: each finds the records that have one of the others. */
export function withLinks(code: string, resource: Resource): string {
  const { links, type, owner } = resource
  if (links.length === 0) return code
  const imports = links.map(
    (link) => `import ${link.plugin}, { ${link.condition} } from './${fileOf(link, resource)}.ts'\n`
  )
  const named = links.map((link) => ({ ...link, has: `has${pascal(link.one)}` }))
  const conditions = named.map(
    ({ has, condition, field }) => `const ${has} = ${condition}(db, ${field}, app.visibleTo(request))`
  )
  const all = [...(owner ? ['owner.visible(request)'] : []), ...named.map(({ has }) => has)]
  const fields = links.map(({ field }) => field)
  return code
    .replace(/(?=import .* from 'drizzle-orm')/, "import { Type } from '@sinclair/typebox'\n")
    .replace(/import \{ Changes, (.*) \}/, 'import { Changes, Id, Strict, $1 }')
    .replace(/(?<=import .* from '\.\/schema\.ts'\n)/, imports.join(''))
    .replace(/(?=\n {2}const records = )/, links.map(({ plugin }) => `  app.register(${plugin})\n`).join(''))
    .replace(
      /(?= {2}const updateRecord = )/,
      `  const ${type}Query = Strict({ ...listing.query.properties, ${fields.map((field) => `${field}: Type.Optional(Id)`)} })\n`
    )
    .replace('querystring: listing.query', `querystring: ${type}Query`)
    .replace(
      /list\(.*?\) \{(\s*const \{ query \} = request\n)?/,
      `list(request) {\nconst { ${fields}, ...query } = request.query\n`
    )
    .replace(
      /( *const \[.*\] = await listing\.read\(query).*\)/,
      `${conditions.join('\n')}\n$1, ${all.length > 1 ? `and(${all})` : all[0]})`
    )
}

function pairsFile({ table, pair, field, target, one }: Link, resource: Resource): string {
  const own = `${resource.table}_id`
  return `// Which ${resource.name.replaceAll('-', ' ')} has which ${one.replaceAll('_', ' ')}.

import { index, primaryKey, reference, table } from '../database/columns.ts'
import { ${target.constant} } from './${target.file}'
import { ${resource.constant} } from './${resource.name}.ts'

export const ${pair} = table(
  '${table}',
  {
    ${own}: reference(() => ${resource.constant}.id, 'cascade').notNull(),
    ${field}: reference(() => ${target.constant}.id, 'cascade').notNull()
  },
  (columns) => [
    primaryKey({ columns: [columns.${own}, columns.${field}] }),
    index('${table}_${field}').on(columns.${field}, columns.${own})
  ]
)
`
}

function routesFile(link: Link, resource: Resource): string {
  const { list, field, table, pair, plugin, type, condition, constant: others, target } = link
  const { name, constant, title, titles, toSubject } = resource
  const { constant: other, schema } = target
  const [owner, one, many] = [name.replaceAll('-', ' '), link.one.replaceAll('_', ' '), list.replaceAll('_', ' ')]
  const [own, path, address] = [`${resource.table}_id`, `${pascal(link.one)}Path`, list.replaceAll('_', '-')]
  const find = `await records.find(id, visible(${constant})) // throws NotFound`
  const subject = `request.subjects = new Set([${toSubject?.name}]) // the ${many} in the response do not lead to it`
  const found = !toSubject
    ? find
    : `const { ${toSubject.name} } = ${find}\n${toSubject.nullable ? `if (${toSubject.name} !== null) ` : ''}${subject}`
  return `// The ${many} of ${titles}.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { and, eq, exists, inArray, type SQL } from 'drizzle-orm'
import type { Database } from '../../../src/database/db.ts'
import { ListOf } from '../../../src/list-schemas.ts'
import { createList } from '../../../src/lists.ts'
import type { RecordTable } from '../../../src/nested.ts'
import { createRecordReader } from '../../../src/record-reader.ts'
import { Id, Message, RecordPath, Strict } from '../../../src/schemas.ts'
import { ${other} } from '../../../src/tables/${target.file}'
import { ${constant} } from '../../../src/tables/${name}.ts'
import { ${pair} } from '../../../src/tables/${table.replaceAll('_', '-')}.ts'
import { ${schema}, ${schema}Body } from '..${target.address?.replace('/api', '')}schema.ts'

const ${type} = ListOf({ ${list}: ${schema} }, '${type}')
const ${path} = Strict({ id: Id, ${field}: Id })

/** Returns the condition that the caller may see a record of a table: \`app.visibleTo\`. */
type Visible = (table: RecordTable) => SQL | undefined

const ${plugin}: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app
  const records = createRecordReader(db, ${constant}, '${title}')
  const ${others} = createRecordReader(db, ${other}, '${capitalized(target.name.replaceAll('_', ' '))}')
  const listing = createList(db, ${others}, ${other}, ${schema}Body)

  app.get(
    '/:id/${address}',
    {
      schema: {
        summary: 'List the ${many} of ${article(owner)}',
        params: RecordPath,
        querystring: listing.query,
        response: { 200: ${type} }
      }
    },
    async function list${pascal(list)}(request) {
      const { id } = request.params
      const visible = app.visibleTo(request)
      ${found}
      const found = db.select({ id: ${pair}.${field} }).from(${pair}).where(eq(${pair}.${own}, id))
      const [${others}, position] = await listing.read(request.query, and(inArray(${other}.id, found), visible(${other})))
      return { ${list === others ? list : `${list}: ${others}`}, ...position }
    }
  )

  app.put(
    '/:id/${address}/:${field}',
    { schema: { summary: 'Give ${article(owner)} ${article(one)}', params: ${path}, response: { 200: Message } } },
    async function add${pascal(link.one)}(request) {
      const { id, ${field} } = request.params
      const visible = app.visibleTo(request)
      await db.insert(${pair}).select(pairOf(id, ${field}, visible)).onConflictDoNothing()
      await requireBoth(id, ${field}, visible)
      return { message: '${capitalized(one)} added' }
    }
  )

  app.delete(
    '/:id/${address}/:${field}',
    { schema: { summary: 'Take ${article(one)} from ${article(owner)}', params: ${path}, response: { 200: Message } } },
    async function remove${pascal(link.one)}(request) {
      const { id, ${field} } = request.params
      const visible = app.visibleTo(request)
      const isPair = and(eq(${pair}.${own}, id), eq(${pair}.${field}, ${field}))
      await db.delete(${pair}).where(and(isPair, exists(pairOf(id, ${field}, visible))))
      await requireBoth(id, ${field}, visible)
      return { message: '${capitalized(one)} removed' }
    }
  )

  /** Selects both if they exist for the caller. It is a part of each write, so that nothing can change in between. */
  function pairOf(id: number, ${field}: number, visible: Visible) {
    return db
      .select({ ${own}: ${constant}.id, ${field}: ${other}.id })
      .from(${constant})
      .innerJoin(${other}, eq(${other}.id, ${field}))
      .where(and(eq(${constant}.id, id), visible(${constant}), visible(${other})))
  }

  /** Throws NotFound unless both exist for the caller. */
  async function requireBoth(id: number, ${field}: number, visible: Visible): Promise<void> {
    await records.find(id, visible(${constant}))
    await ${others}.find(${field}, visible(${other}))
  }
}

/** Returns the condition that ${article(owner)} has this ${one}, or undefined when none is given. */
export function ${condition}(db: Database, ${field}: number | undefined, visible: Visible): SQL | undefined {
  if (${field} === undefined) return undefined
  const found = db
    .select({ id: ${pair}.${own} })
    .from(${pair})
    .innerJoin(${other}, eq(${other}.id, ${pair}.${field}))
    .where(and(eq(${pair}.${field}, ${field}), visible(${other})))
  return inArray(${constant}.id, found)
}

export default ${plugin}
`
}
