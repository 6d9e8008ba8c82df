// Adds a resource: its table, schemas, routes, role policy and test, and everything that is generated from them.
// `npm run new -- --help` explains the arguments.

import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { filesOf } from './new/files.ts'
import { type Project, readProject, registered } from './new/project.ts'
import { type Request, type Resource, resourceOf } from './new/resource.ts'
import { changeTree, formatAndGenerate, InvalidRequest, ROOT, reportFailure } from './work-tree.ts'

const GENERATED = ['routes/policy.txt', 'openapi.json', 'client/schema.ts']
const HELP = `npm run new -- <name> --fields "<fields>" --roles <role>

  <name>      of one record, in lower case: visit, lab-report
  --fields    name:type, separated by spaces
              text(<longest>)   integer   real   flag   instant   date   email   url
              integer(1..60), real(0..): a range      choice(planned|running|done): one of these
              ref(<table>): the id of a record, also of the resource itself; ref(<table>,cascade): deleted together with
              the record it refers to, which cannot be deleted otherwise; ref(<table>,nested): shown with that record
              tags:many(<table>): any number of records of that table, at /api/<name>/{id}/tags
              after the type: ? allows null   :unique   :default(<value>), for a field that may be left out
              unique(<field>,<field>): no two records have the same values in these fields together
  --roles     who may call it: user, or several separated by commas
  --filters   fields that a list can be filtered by, besides the references
  --owner     whose records they are: a field ref(user). Others do not see them, and who adds one owns it
  --all       with --owner: the roles that see and change all records, separated by commas
  --subject   whose data it is, for the access log: a table that a field refers to, its own table, or none [none]
  --plural    if it is not the name with an s
  --dry-run   only prints what it would write

Without a name it asks. An example:
  npm run new -- visit --fields "reason:text(200) started_at:instant cost:real? owner:ref(user)" --roles user
  npm run new -- room --fields "code:text(20):unique state:choice(free|taken):default(free) beds:integer(1..9)" --roles user
  npm run new -- trip --fields "goal:text(200) driver:ref(user)" --roles user --owner driver --all dispatcher
  npm run new -- photo --fields "title:text(100) tags:many(tag)" --roles user
`

const QUESTIONS = `Types of fields: text(200), integer, integer(1..60), real, flag, instant, date, choice(a|b), email, url,
ref(<table>), and ref(<table>,nested), which shows the record itself. After it, ? allows null; :unique and
:default(<value>) may follow. Besides, unique(<field>,<field>), and tags:many(<table>), a list of other records.`

try {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const
  const options = {
    fields: text,
    roles: text,
    filters: text,
    subject: text,
    owner: text,
    all: text,
    plural: text,
    'dry-run': flag,
    help: flag
  }
  const { positionals, values } = parseArgs({ allowPositionals: true, options })
  const { 'dry-run': isDry, help, ...given } = values
  const [name, ...rest] = positionals
  if (rest.length > 0) throw new InvalidRequest(`${rest.join(' ')}: put the fields in quotes after --fields`)
  if (!positionals.length && Object.keys(given).length > 0) throw new InvalidRequest('Put the name before the options')
  if (help) console.log(HELP)
  else {
    const project = await readProject()
    const request = name === undefined ? await ask(project) : { name, fields: '', roles: '', ...given }
    const resource = resourceOf(request, project)
    const plan = planOf(resource)
    if (!isDry) await add(resource)
    for (const { name, target } of resource.fields) {
      if (!target?.hasOwners || resource.owner) continue
      console.log(
        `${name}: a ${target.name} has an owner, but whoever may call ${resource.name} sees all. See docs/ownership.md\n`
      )
    }
    console.log(isDry ? plan : `${plan}\n\nTest it on both engines:  npm run tap -- --test-arg=${resource.name}`)
  }
} catch (error) {
  reportFailure(error, '\nNothing was changed. For help: npm run new -- --help')
}

/** Asks for the parts of a request, each until a resource could be made of it. */
async function ask(project: Project): Promise<Request> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const lines = terminal[Symbol.asyncIterator]()
  const request = { name: '', fields: '', roles: 'user', filters: '', owner: '', all: '' }

  /** Returns the answer, which is added to the fields, or replaces another part unless it is empty. */
  async function question(text: string, part: keyof typeof request): Promise<string> {
    for (;;) {
      terminal.setPrompt(text)
      terminal.prompt()
      const { value, done } = await lines.next()
      if (done) throw new InvalidRequest('\nThe answers ended too early')
      const answer: string = value.trim()
      const changed = {
        ...request,
        [part]: part === 'fields' ? `${request.fields} ${answer}` : answer || request[part]
      }
      try {
        resourceOf({ ...changed, ...(part === 'name' && { fields: 'zz:flag' }) }, project)
        Object.assign(request, changed)
        return answer
      } catch (error) {
        if (!(error instanceof InvalidRequest)) throw error
        console.log(`  ${error.message.replaceAll('\n', '\n  ')}`)
      }
    }
  }

  console.log(QUESTIONS)
  await question('Name of one record, such as visit: ', 'name')
  await question('A field, such as reason:text(200): ', 'fields')
  while (await question('Another field, or nothing: ', 'fields'));
  await question('Roles that may call it [user]: ', 'roles')
  await question('Fields to filter by, besides the references [none]: ', 'filters')
  const { fields } = resourceOf(request, project)
  if (fields.some(({ target }) => target?.name === 'user')) {
    const isOwned = await question('The field with the owner, if others must not see the record [none]: ', 'owner')
    if (isOwned) await question('Roles that see the records of everybody [none]: ', 'all')
  }
  terminal.close()
  const { name, ...options } = request
  const given = Object.entries(options).filter(([, value]) => value !== '')
  const written = given.map(([option, value]) => ` --${option} "${value.trim()}"`)
  console.log(`\nThe same without questions:\n  npm run new -- ${name}${written.join('')}\n`)
  return request
}

/** Returns a line for each file that adding the resource writes or changes. */
function planOf(resource: Resource): string {
  const number = String(globSync('drizzle/sqlite/*.sql', { cwd: ROOT }).length).padStart(4, '0')
  const drizzle = (file: string) => ['sqlite', 'postgres'].map((engine) => `drizzle/${engine}/${file}`)
  const next = [...drizzle(`${number}_add-${resource.name}.sql`), ...drizzle(`meta/${number}_snapshot.json`)]
  return [
    ...[...filesOf(resource).keys(), ...next].map((path) => `writes   ${path}`),
    ...[...registered(resource).keys(), ...drizzle('meta/_journal.json'), ...GENERATED].map(
      (path) => `changes  ${path}`
    )
  ].join('\n')
}

async function add(resource: Resource): Promise<void> {
  const files = new Map([...filesOf(resource), ...registered(resource)])
  const folder = `routes/api/${resource.name}`
  const others = [...files.keys()].filter((path) => !path.startsWith(`${folder}/`))
  // The migration is made of all tables, so it would also have what is not committed of others.
  const touched = [folder, ...others, ...GENERATED, 'drizzle', 'src/tables']
  await changeTree(async () => {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true })
      writeFileSync(join(ROOT, path), text)
    }
    await formatAndGenerate([...files.keys()], `add-${resource.name}`)
  }, touched)
}
