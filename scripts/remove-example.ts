// Deletes the example, the clinic: its tables, routes, tests, sample data and client, and the paragraphs about it. A project
// without resources remains, and `npm run new` adds the first. `npm run remove-example -- --help` explains the argument.

import { existsSync, globSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { nameOf, renameProject, requireName } from './renaming.ts'
import { changeTree, formatAndGenerate, InvalidRequest, ROOT, reportFailure, run } from './work-tree.ts'

const HELP = `npm run remove-example -- [--name <name>]

  --name     of the project, as npm run rename takes it [my-rest-server, or the present name if it has another]

Deletes the clinic. Commit first. No resource of your own may refer to the clinic.
`

/** Files and folders that are only about the example. */
const FILES = [
  'BENCHMARKS.md',
  'bench',
  'docs/adding-a-field.md',
  'examples',
  'routes/api/appointment',
  'routes/api/category',
  'routes/api/measure',
  'routes/api/patient',
  'scripts/remove-example.ts',
  'src/sample-data.ts',
  'src/tables/clinic.ts',
  'test/auth/process-races.test.ts',
  'test/copies/without-example.ts',
  'test/resources/appointment.test.ts',
  'test/resources/category.test.ts',
  'test/resources/deletion.test.ts',
  'test/resources/demo.test.ts',
  'test/resources/measure.test.ts',
  'test/resources/nesting-limits.test.ts',
  'test/resources/nesting.test.ts',
  'test/resources/numbers.test.ts',
  'test/resources/patient.test.ts',
  'test/resources/texts.test.ts',
  'test/resources/unknown-fields.test.ts',
  'test/support/clinic.ts',
  'tools'
]

/** What is deleted from other files. Each pattern must match. */
const TEXTS: [file: string, ...texts: RegExp[]][] = [
  [
    'src/app.ts',
    /^import .* from '\.\.\/routes\/api\/(appointment|category|measure|patient)\/.*\n/gm,
    /^ *api\.register\((appointments|categories|measures|patients),.*\n/gm
  ],
  ['src/database/db.ts', /^import \* as clinicTables .*\n/gm, /,\n *\.\.\.clinicTables/g],
  [
    'src/server.ts',
    /^import \{ addSampleData \} .*\n/gm,
    /, addSampleData(?=\))/g,
    /^ *'In a second terminal: npm run client',\n/gm
  ],
  ['package.json', /^ *"(client|bench|remove-example|test:tools)": .*\n/gm],
  ['.ci/run', /^npm run (test:tools|bench -- --quick)\n/gm],
  ['tsconfig.json', /^ *"(bench|examples|tools)",\n/gm]
]

/** The paragraphs about the example in the documentation. */
const MARKED = /^<!-- example -->\n.*?^<!-- \/example -->\n/gms

/** The name of the template, which no project keeps. */
const TEMPLATE_NAME = 'clinic-rest-server'
/** Where the demo's database is moved to. Its migrations will be unknown. */
const OLD_DATABASE = 'data/clinic.db'

try {
  const { values } = parseArgs({ options: { name: { type: 'string' }, help: { type: 'boolean' } } })
  const present = nameOf(ROOT)
  const name = values.name ?? (present === TEMPLATE_NAME ? 'my-rest-server' : present)
  if (values.help) console.log(HELP)
  else if (!existsSync(join(ROOT, 'src/tables/clinic.ts'))) throw new InvalidRequest('The example is already deleted')
  else {
    requireName(ROOT, name)
    await remove(name)
  }
} catch (error) {
  reportFailure(error)
}

async function remove(name: string): Promise<void> {
  const own = readdirSync(join(ROOT, 'src/tables')).filter(
    (file) => !/^(account|access-log|clinic|idempotency-key)\.ts$/.test(file)
  )
  const bound = own.filter((file) => read(`src/tables/${file}`).includes("from './clinic.ts'"))
  if (bound.length > 0) throw new InvalidRequest(`These tables refer to the clinic's: ${bound.join(', ')}`)
  if (existsSync(join(ROOT, OLD_DATABASE))) {
    throw new InvalidRequest(`data/demo.db cannot be renamed to ${OLD_DATABASE}, which exists; move it`)
  }
  await changeTree(async () => {
    for (const path of FILES) rmSync(join(ROOT, path), { recursive: true })
    for (const [file, ...texts] of TEXTS) for (const text of texts) deleteText(file, text)
    for (const page of globSync('{*.md,docs/*.md}', { cwd: ROOT })) edit(page, (text) => text.replace(MARKED, ''))
    renameProject(ROOT, name)
    // The document and the migrations start anew: no database but the demo's can have the first migrations, unless there
    // are resources of one's own.
    rmSync(join(ROOT, 'openapi.json'))
    if (own.length === 0) rmSync(join(ROOT, 'drizzle'), { recursive: true })
    await formatAndGenerate(['.'], own.length === 0 ? 'initial' : 'remove-example')
    if (existsSync(join(ROOT, 'docs/security.md'))) await run(process.execPath, 'scripts/security.ts', '--write')
  })
  if (own.length === 0) moveDemoDatabase()
  console.log(
    'The clinic is deleted. Look at the changes with git diff, commit them, and add the first resource: npm run new'
  )
}

function deleteText(file: string, pattern: RegExp): void {
  const text = read(file)
  if (!text.match(pattern)) throw new Error(`${file} has no text like ${pattern}`)
  edit(file, () => text.replace(pattern, ''))
}

function edit(file: string, change: (text: string) => string): void {
  const before = read(file)
  const after = change(before)
  if (after !== before) writeFileSync(join(ROOT, file), after)
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

// The server would reject a database that has the earlier migrations.
function moveDemoDatabase(): void {
  for (const suffix of ['', '-wal', '-shm', '.created']) {
    const file = join(ROOT, `data/demo.db${suffix}`)
    if (existsSync(file)) renameSync(file, join(ROOT, `${OLD_DATABASE}${suffix}`))
  }
  if (existsSync(join(ROOT, OLD_DATABASE))) console.log(`The demo's database is now ${OLD_DATABASE}.`)
}
