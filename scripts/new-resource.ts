// Adds a resource: its table, schemas, routes, role policy and tests as one would write them by hand, and whatever is
// made from those. `npm run new -- --help` tells how.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { Refused, type Resource, type Told } from './new/resource.ts'

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

  npm run new -- visit --fields "reason:text(200) started_at:instant cost:real? patient:ref(patient)" --roles user
`

const ROOT = join(import.meta.dirname, '..')
/** What a resource touches; all of it is taken back when a step fails. */
const TOUCHED = ['src', 'routes', 'test', 'drizzle', 'client', 'openapi.json']

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
    const told =
      name === undefined ? await ask() : { name, fields: values.fields ?? '', roles: values.roles ?? '', ...values }
    const resource = resourceOf(told, await readProject(ROOT))
    if (values['dry-run']) say(planOf(resource))
    else await add(resource)
  }
} catch (error) {
  const isTheirs = error instanceof Refused || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  console.error(isTheirs ? `${(error as Error).message}\nNothing was changed; npm run new -- --help tells how.` : error)
  process.exitCode = 1
}

async function ask(): Promise<Told> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const lines = terminal[Symbol.asyncIterator]()
  const answer = async (question: string) => {
    terminal.setPrompt(question)
    terminal.prompt()
    const { value, done } = await lines.next()
    if (done) throw new Refused('\nThe answers ended too early')
    return (value as string).trim()
  }
  console.log(
    'A new resource. Types of fields: text(200), integer, real, flag, instant, date, ref(<table>); a ? allows null.'
  )
  const name = await answer('Name of one record, such as visit: ')
  const fields: string[] = []
  for (let field = '-'; field !== ''; ) {
    field = await answer(fields.length === 0 ? 'A field, such as reason:text(200): ' : 'Another field, or nothing: ')
    if (field !== '') fields.push(field)
  }
  const roles = (await answer('Roles that may call it [user]: ')) || 'user'
  const filters = await answer('Fields to filter by, besides the references [none]: ')
  terminal.close()
  return { name, fields: fields.join(' '), roles, filters }
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
  await requireCleanTree()
  const files = [...filesOf(resource), ...registered(ROOT, resource)]
  const plan = planOf(resource)
  try {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true })
      writeFileSync(join(ROOT, path), text)
    }
    const bin = (name: string) => join(ROOT, 'node_modules/.bin', name)
    await step('formatting', bin('biome'), 'check', '--write', ...files.map(([path]) => path))
    await step('types', bin('tsc'))
    await step('migrations', process.execPath, 'scripts/generate-migrations.ts', '--name', `add-${resource.name}`)
    await step('table of routes', process.execPath, 'scripts/routes.ts', '--write')
    await step('document and client', process.execPath, 'scripts/openapi.ts', '--write')
  } catch (error) {
    throw new Refused(`${(error as Error).message}\n${await takeBack()}`)
  }
  say(plan)
  console.log(
    `\nIts tests, on both engines:  npm run tap -- --test-arg=${resource.name}\nLook at it with git diff, and commit it.`
  )
}

/** Takes back what was written, which began from a clean tree; gives what became of it. */
async function takeBack(): Promise<string> {
  for (const path of TOUCHED) await git('restore', '--', path)
  await git('clean', '-fdq', '--', ...TOUCHED)
  const { output } = await git('status', '--porcelain')
  return output === '' ? 'Everything was taken back.' : `This could not be taken back:\n${output}`
}

async function requireCleanTree(): Promise<void> {
  const { code, output } = await git('status', '--porcelain')
  if (code !== 0)
    throw new Refused(
      'This is no git repository, so that a step that fails could not be taken back: git init, and commit first'
    )
  if (output !== '')
    throw new Refused(`Commit or stash first, so that what is added can be told apart:\n${output.trimEnd()}`)
}

async function step(what: string, command: string, ...args: string[]): Promise<void> {
  console.log(`${what} …`)
  const { code, output } = await run(command, args)
  if (code !== 0) throw new Error(`${what}: ${output}`)
}

function git(...args: string[]) {
  return run('git', args)
}

async function run(command: string, args: string[]): Promise<{ code: number; output: string }> {
  // The steps settle the engine themselves.
  const { DATABASE_URL: _ours, ...env } = process.env
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const [code] = await once(child, 'close')
  return { code: code ?? 1, output }
}
