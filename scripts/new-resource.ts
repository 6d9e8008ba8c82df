// Adds a resource: its table, schemas, routes, role policy and tests as one would write them by hand, and whatever is
// made from those. `npm run new -- --help` tells how.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import type { Project, Resource, Told } from './new/resource.ts'
import { changeTree, formatAndCheck, Refused, ROOT, renewGenerated, tellFailure } from './work-tree.ts'

const HELP = `npm run new -- <name> --fields "<fields>" --roles <role>

  <name>      of one record, in lower case: visit, lab-report
  --fields    name:type, separated by spaces; a ? at the end allows null
              text(<longest>)   integer   real   flag   instant   date   ref(<table>)
              ref(<table>,cascade) is deleted together with what it refers to; else that cannot be deleted
  --roles     who may call it: user, or several separated by commas
  --filters   fields that a list can be filtered by, besides the references
  --plural    when it is not the name with an s
  --dry-run   only says what it would write

Without a name it asks. For example:

  npm run new -- visit --fields "reason:text(200) started_at:instant cost:real? owner:ref(user)" --roles user
`

// The tables are imported as PostgreSQL's, whose types tell an instant from an integer; no database is opened.
process.env.DATABASE_URL = 'postgres://unused'
const { filesOf } = await import('./new/files.ts')
const { readProject, registered } = await import('./new/project.ts')
const { resourceOf } = await import('./new/resource.ts')

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      fields: { type: 'string' },
      roles: { type: 'string' },
      filters: { type: 'string' },
      plural: { type: 'string' },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean' }
    }
  })
  if (values.help) console.log(HELP)
  else {
    const [name, ...more] = positionals
    if (more.length > 0) throw new Refused(`${more.join(' ')}: put the fields in quotes after --fields`)
    const { 'dry-run': _dry, help: _help, ...given } = values
    if (name === undefined && Object.keys(given).length > 0) throw new Refused('Name the resource before its options')
    const project = await readProject(ROOT)
    const told = name === undefined ? await ask(project) : { name, fields: '', roles: '', ...given }
    const resource = resourceOf(told, project)
    if (values['dry-run']) say(planOf(resource))
    else await add(resource)
  }
} catch (error) {
  tellFailure(error, '\nNothing was changed; npm run new -- --help tells how.')
}

/** Asks for what a resource is made of; what cannot be is said at once, and asked again. */
async function ask(project: Project): Promise<Told> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const lines = terminal[Symbol.asyncIterator]()
  const told: Told = { name: '', fields: '', roles: 'user', filters: '' }

  // Takes an answer when a resource could be made with it: `told` and what it would be then.
  async function answer(question: string, change: (given: string) => Partial<Told> | undefined): Promise<boolean> {
    for (;;) {
      terminal.setPrompt(question)
      terminal.prompt()
      const { value, done } = await lines.next()
      if (done) throw new Refused('\nThe answers ended too early')
      const changed = change((value as string).trim())
      if (!changed) return false
      try {
        resourceOf({ ...told, fields: 'zz:flag', ...changed }, project)
        Object.assign(told, changed)
        return true
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        console.log(`  ${error.message.replaceAll('\n', '\n  ')}`)
      }
    }
  }

  console.log(
    'A new resource. Types of fields: text(200), integer, real, flag, instant, date, ref(<table>); a ? allows null.'
  )
  await answer('Name of one record, such as visit: ', (name) => ({ name }))
  await answer('A field, such as reason:text(200): ', (field) => ({ fields: field }))
  const another = (field: string) => (field === '' ? undefined : { fields: `${told.fields} ${field}` })
  while (await answer('Another field, or nothing: ', another));
  const { fields } = told
  await answer('Roles that may call it [user]: ', (roles) => ({ fields, roles: roles || 'user' }))
  await answer('Fields to filter by, besides the references [none]: ', (filters) => ({ fields, filters }))
  terminal.close()
  return told
}

/** The paths that adding the resource writes, and those that it changes. */
function planOf(resource: Resource): { written: string[]; changed: string[] } {
  const migrations = readdirSync(join(ROOT, 'drizzle/sqlite')).filter((file) => file.endsWith('.sql'))
  const next = String(migrations.length).padStart(4, '0')
  return {
    written: [
      ...filesOf(resource).keys(),
      ...['sqlite', 'postgres'].flatMap((engine) => [
        `drizzle/${engine}/${next}_add-${resource.name}.sql`,
        `drizzle/${engine}/meta/${next}_snapshot.json`
      ])
    ],
    changed: [
      ...registered(ROOT, resource).keys(),
      'drizzle/sqlite/meta/_journal.json',
      'drizzle/postgres/meta/_journal.json',
      'routes/policy.txt',
      'openapi.json',
      'client/schema.ts'
    ]
  }
}

function say({ written, changed }: ReturnType<typeof planOf>): void {
  console.log([...written.map((path) => `writes   ${path}`), ...changed.map((path) => `changes  ${path}`)].join('\n'))
}

async function add(resource: Resource): Promise<void> {
  const plan = planOf(resource)
  await changeTree(async () => {
    const files = [...filesOf(resource), ...registered(ROOT, resource)]
    for (const [path, text] of files) {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true })
      writeFileSync(join(ROOT, path), text)
    }
    await formatAndCheck(files.map(([path]) => path))
    await renewGenerated(`add-${resource.name}`)
  })
  say(plan)
  console.log(
    `\nIts tests, on both engines:  npm run tap -- --test-arg=${resource.name}\nLook at it with git diff, and commit it.`
  )
}
