// The clinic's resources are what the generator writes, and what was added by hand: records nested in others.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { essence, formatted, generated, ROOT } from './support/generated.ts'

type Change = [from: string | RegExp, to: string]

const clinic: Record<string, { fields: string; routes: Change[]; schema: Change[] }> = {
  category: { fields: 'name:text(100)', routes: [], schema: [] },
  measure: {
    fields:
      'marker:text(200)? value:real timestamp:instant appointment:ref(appointment, cascade) category:ref(category)',
    routes: nestedReads('measure', '{ category: true } as const'),
    schema: [
      [
        "from '../../../src/schemas.ts'",
        "from '../../../src/schemas.ts'\nimport { Category } from '../category/schema.ts'"
      ],
      ['category_id: Id }', 'category: Category }'],
      ['{ id: 1, ...example }', "{ id: 1, ...example, category: { id: 1, name: 'Heart rate' } }"],
      ['examples: [example]', 'examples: [{ ...example, category_id: 1 }]']
    ]
  },
  appointment: {
    fields: 'patient:ref(patient, cascade) date:instant',
    routes: nestedReads('appointment', '{ measures: { with: { category: true }, orderBy: asc(measure.id) } } as const'),
    schema: nestedList('Measure', 'measures')
  },
  patient: {
    fields: 'name:text(200) surname:text(200) birthday:date? comments:text(10000)?',
    routes: nestedReads(
      'patient',
      `{
        appointments: {
          with: { measures: { with: { category: true }, orderBy: asc(measure.id) } },
          orderBy: asc(appointment.id)
        }
      } as const`
    ),
    schema: nestedList('Appointment', 'appointments')
  }
}

t.test('the resources of the clinic are what the generator writes, with records nested in them', async (t) => {
  const tables = read('src/tables/clinic.ts')
  for (const [name, { fields, routes, schema }] of Object.entries(clinic)) {
    const files = generated(name, fields)
    const same = (path: string, changes: Change[]) => {
      const text = changes.reduce((before, [from, to]) => {
        t.match(before, from, `${path} has the place of a change`)
        return before.replace(from, to)
      }, files.get(path) ?? '')
      t.equal(essence(formatted(text)), essence(read(path)), path)
    }
    same(`routes/api/${name}/index.ts`, routes)
    same(`routes/api/${name}/schema.ts`, schema)
    const table = files.get(`src/tables/${name}.ts`) ?? ''
    t.match(tables, table.slice(table.indexOf('export const')), `the table ${name}`)
  }
  t.equal(read('test/category.test.ts'), generated('category', 'name:text(100)').get('test/category.test.ts'))
})

/** A record is read with what is nested in it, by one relational query: in `find`, and in the list. */
function nestedReads(name: string, nested: string): Change[] {
  return [
    ['import { and, asc, eq, gt }', 'import { and, asc, eq, gt, sql }'],
    [
      /\n\n(?:( {2}const references = .*\n)\n)? {2}async function find/,
      `\n\n  const nested = ${nested}\n$1  const record = db.query.${name}
        .findFirst({ where: eq(${name}.id, sql.placeholder('id')), with: nested })
        .prepare('${name}_record')

      async function find`
    ],
    [/const \[row\] = await db\.select\(\).*\n/, 'const row = await record.execute({ id })\n'],
    [
      /await db\s+\.select\(\)\s+\.from\(.*\)\s+\.where\((.*?)\)\s+\.orderBy\((.*)\)\s+\.limit\(limit \+ 1\)/s,
      `await db.query.${name}.findMany({ where: $1, with: nested, orderBy: $2, limit: limit + 1 })`
    ],
    [/const row = only\((.*)\)\n/, 'const { id } = only($1)\nconst row = await find(id)\n'],
    [`/api/${name}/\${row.id}`, `/api/${name}/\${id}`],
    ['const [row] = await db\n        .update', 'const [changed] = await db\n        .update'],
    [
      'if (!row) throw await missingOrChanged(id)\n',
      'if (!changed) throw await missingOrChanged(id)\nconst row = await find(id)\n'
    ]
  ]
}

/** A record gives the records that belong to it. */
function nestedList(type: string, list: string): Change[] {
  return [
    [
      "from '../../../src/schemas.ts'",
      `from '../../../src/schemas.ts'\nimport { ${type} } from '../${type.toLowerCase()}/schema.ts'`
    ],
    [/(Type\.Object\(\s+\{ id: Id,.*) \},/, `$1, ${list}: Type.Array(${type}) },`],
    ['{ id: 1, ...example }', `{ id: 1, ...example, ${list}: [] }`]
  ]
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
