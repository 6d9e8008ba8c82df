// Deletes the worked example, the clinic: tables, routes, tests, sample data, client story, and what is told of them. What
// stays is a project without resources, to which `npm run new` adds the first. `npm run remove-example -- --help` tells how.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { changeTree, formatAndCheck, Refused, ROOT, renewGenerated, tellFailure, trackedFiles } from './work-tree.ts'

const HELP = `npm run remove-example -- [--name <name>]

  --name     of the project, in package.json and as the issuer of its tokens [my-rest-server]

Deletes the clinic. The tree must be clean, and nothing of your own may refer to the clinic.
`

/** Deleted as they are. */
const FILES = [
  'examples',
  'routes/api/appointment',
  'routes/api/category',
  'routes/api/measure',
  'routes/api/patient',
  'scripts/bench-server.ts',
  'scripts/bench.ts',
  'scripts/remove-example.ts',
  'src/sample-data.ts',
  'src/tables/clinic.ts',
  'test/category.test.ts',
  'test/clinic.test.ts',
  'test/copies/without-example.ts',
  'test/first-version.test.ts',
  'test/hand-written.test.ts',
  'test/resources.test.ts'
]

/** What a page tells of the example only. */
const MARKED = /^<!-- example -->\n.*?^<!-- \/example -->\n/gms

/** What goes from files that stay; each must be found. */
const TEXTS: [file: string, ...texts: RegExp[]][] = [
  [
    'src/app.ts',
    /^import .* from '\.\.\/routes\/api\/(appointment|category|measure|patient)\/.*\n/gm,
    /^ *api\.register\((appointments|categories|measures|patients),.*\n/gm
  ],
  ['src/db.ts', /^import \* as clinicTables .*\n/gm, /,\n *\.\.\.clinicTables/g],
  [
    'src/server.ts',
    /^import \{ sampleData \} .*\n/gm,
    /, sampleData(?=\))/g,
    /^ *'In a second terminal: npm run client',\n/gm
  ],
  ['package.json', /^ *"(client|bench|remove-example)": .*\n/gm],
  ['tsconfig.json', /"examples", /g],
  ['test/index.ts', /'hand-written',\s*/g, /,\s*'resources'/g],
  ['README.md', MARKED],
  ['docs/adding-a-resource.md', MARKED]
]

/** The name of the project wherever it stands, and what it is now. */
const NAMES = (name: string): Record<string, string> => ({
  'clinic-rest-server': name,
  'clinic-rest-client': `${name}-client`,
  'clinic rest server': name.replaceAll('-', ' '),
  'Clinic Rest Server': name.replaceAll('-', ' '),
  clinicrestserver: name.replaceAll('-', ''),
  '//clinic:': '//app:',
  ':5432/clinic': ':5432/app',
  'POSTGRES_USER: clinic': 'POSTGRES_USER: app',
  'POSTGRES_DB: clinic': 'POSTGRES_DB: app',
  '-U clinic': '-U app'
})

const LONGEST_NAME = 50
/** Where the demo's database goes, whose migrations will be unknown. */
const PUT_ASIDE = 'data/clinic.db'

try {
  const { values } = parseArgs({ options: { name: { type: 'string' }, help: { type: 'boolean' } } })
  const name = values.name ?? 'my-rest-server'
  if (values.help) console.log(HELP)
  else if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > LONGEST_NAME)
    throw new Refused(`${name}: a project is named as my-rest-server is, in at most ${LONGEST_NAME} characters`)
  else if (!existsSync(join(ROOT, 'src/tables/clinic.ts'))) throw new Refused('The example is gone already')
  else await remove(name)
} catch (error) {
  tellFailure(error)
}

async function remove(name: string): Promise<void> {
  const own = readdirSync(join(ROOT, 'src/tables')).filter((file) => !/^(account|access-log|clinic)\.ts$/.test(file))
  const bound = own.filter((file) =>
    readFileSync(join(ROOT, 'src/tables', file), 'utf8').includes("from './clinic.ts'")
  )
  if (bound.length > 0) throw new Refused(`These tables refer to the clinic's: ${bound.join(', ')}`)
  if (existsSync(join(ROOT, PUT_ASIDE))) throw new Refused(`${PUT_ASIDE} is in the way of data/demo.db; move it`)
  const renamed = NAMES(name)
  const names = new RegExp(Object.keys(renamed).join('|'), 'g')
  await changeTree(async () => {
    for (const path of FILES) rmSync(join(ROOT, path), { recursive: true })
    for (const [file, ...texts] of TEXTS) {
      edit(file, (text) =>
        texts.reduce((before, pattern) => {
          const after = before.replace(pattern, '')
          if (after === before) throw new Error(`${file} has nothing like ${pattern} any more`)
          return after
        }, text)
      )
    }
    // openapi.json and the client's types are made anew; the migrations that databases have had stay as they are.
    rmSync(join(ROOT, 'openapi.json'))
    for (const file of await trackedFiles()) {
      if (!/^(drizzle|LICENSE)/.test(file)) {
        edit(file, (text) => text.replace(names, (old) => renamed[old] ?? old))
      }
    }
    // No database but the demo's can have the first migrations, unless there are resources of one's own.
    if (own.length === 0)
      for (const engine of readdirSync(join(ROOT, 'drizzle')))
        rmSync(join(ROOT, 'drizzle', engine), { recursive: true })
    await formatAndCheck(['.'])
    await renewGenerated(own.length === 0 ? 'initial' : 'remove-example')
  })
  if (own.length === 0) putDemoDatabaseAside()
  console.log(
    'The clinic is gone. Look at what is left with git diff, commit it, and add the first resource: npm run new'
  )
}

function edit(file: string, change: (text: string) => string): void {
  const path = join(ROOT, file)
  const before = readFileSync(path, 'utf8')
  const after = change(before)
  if (after !== before) writeFileSync(path, after)
}

// The migrations begin anew; a database that knows the earlier ones would be refused.
function putDemoDatabaseAside(): void {
  for (const suffix of ['', '-wal', '-shm']) {
    const file = join(ROOT, `data/demo.db${suffix}`)
    if (existsSync(file)) renameSync(file, join(ROOT, `${PUT_ASIDE}${suffix}`))
  }
  if (existsSync(join(ROOT, PUT_ASIDE))) console.log(`Its database is now ${PUT_ASIDE}.`)
}
