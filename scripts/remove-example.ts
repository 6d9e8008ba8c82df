// Deletes the example, the clinic: its tables, routes, tests, sample data and client, and the paragraphs about it. A project
// without resources remains, and `npm run new` adds the first. `npm run remove-example -- --help` explains the argument.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { removeParts } from './example-parts.ts'
import { nameOf, renameProject, requireName } from './renaming.ts'
import { changeTree, formatAndGenerate, InvalidRequest, ROOT, reportFailure, run } from './work-tree.ts'

const HELP = `npm run remove-example -- [--name <name>]

  --name     of the project, as npm run rename takes it [my-rest-server, or the present name if it has another]

Deletes the clinic. Commit first. No resource of your own may refer to the clinic.
`

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
    (file) => !/^(account|access-log|clinic|idempotency-key|search-index)\.ts$/.test(file)
  )
  const bound = own.filter((file) =>
    readFileSync(join(ROOT, 'src/tables', file), 'utf8').includes("from './clinic.ts'")
  )
  if (bound.length > 0) throw new InvalidRequest(`These tables refer to the clinic's: ${bound.join(', ')}`)
  if (existsSync(join(ROOT, OLD_DATABASE))) {
    throw new InvalidRequest(`data/demo.db cannot be renamed to ${OLD_DATABASE}, which exists; move it`)
  }
  await changeTree(async () => {
    removeParts(ROOT)
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

// The server would reject a database that has the earlier migrations.
function moveDemoDatabase(): void {
  for (const suffix of ['', '-wal', '-shm', '.created']) {
    const file = join(ROOT, `data/demo.db${suffix}`)
    if (existsSync(file)) renameSync(file, join(ROOT, `${OLD_DATABASE}${suffix}`))
  }
  if (existsSync(join(ROOT, OLD_DATABASE))) console.log(`The demo's database is now ${OLD_DATABASE}.`)
}
