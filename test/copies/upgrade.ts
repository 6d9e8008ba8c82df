// A project is started from an older version of the template, gets a resource of its own, and takes the newest version: the
// code of both is merged, its migration comes after the project's own, and the tests pass.

import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { execute } from '../support/process.ts'
import { commit, copyWithHistory, lint, run, runTests } from './copy.ts'
import { databasesOf, query } from './databases.ts'

const AUTHOR = ['a', 'a@example.org']
const IDENTITY = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
  `GIT_${who}_NAME=${AUTHOR[0]}`,
  `GIT_${who}_EMAIL=${AUTHOR[1]}`
])
const OWN_README = '# Fleet\n\nVehicles and trips. Start it with `npm run demo`.\n'
const NOTE = 'Name a note for each role, or leave it empty.'

/** The tests of what the update generates or replaces, and of what the project has added. */
const CHANGED = [
  ...['resources/trip', 'openapi/document@sqlite', 'project/generated-migrations'],
  ...['project/documentation', 'project/renaming', 'generator/files']
]

t.test('a project takes a new version of the template, with its migration, and keeps what is its own', async (t) => {
  const template = await releasedTemplate(t)
  const folder = await startedProject(t, template)
  const { urls, migrate } = await databasesOf(t, folder, 'fleet')
  await migrate()
  for (const url of urls) await query(url, "insert into trip (goal) values ('Rome')")

  await t.test('a tree that is not clean is refused', async (t) => {
    writeFileSync(join(folder, 'new.txt'), '')
    t.match(await update(folder, template), { code: 1, output: /^Commit or stash your changes first.*\n\?\? new\.txt/ })
    rmSync(join(folder, 'new.txt'))
  })

  await t.test('an ordinary conflict is left for the team, and a deleted file stays deleted', async (t) => {
    const { code, output } = await update(folder, template, 'v99.0.0')
    t.equal(code, 1, output)
    t.match(output, /Solve the conflicts in these files, and git add them:\n {2}LICENSE\nThen run:/)
    t.match(text(folder, 'LICENSE'), /^<<<<<<< HEAD\nOwned by the fleet$.*^>>>>>>> .*version 99\.0\.0/ms)
    t.match(await update(folder, '--continue'), {
      code: 1,
      output: /^These files still have conflicts.*\n {2}LICENSE\n/m
    })
    writeFileSync(join(folder, 'LICENSE'), 'Owned by the fleet\n')
    await run(t, folder, 'git', 'add', 'LICENSE')
  })

  await t.test('the rest is generated, and what to read is named', async (t) => {
    const { code, output } = await update(folder, '--continue')
    t.equal(code, 0, output)
    t.match(output, `Unreleased: ${NOTE}`)
    for (const engine of ['sqlite', 'postgres'])
      t.match(
        output,
        new RegExp(`git show \\w+:drizzle/${engine}/\\d+_add-note.sql`),
        'a statement was written by hand'
      )
    t.match(output, /They stay deleted:\n {2}renovate\.json\n/)
    t.match(JSON.parse(text(folder, 'template.json')), { version: '99.0.0', commit: /^[0-9a-f]{40}$/ })
    t.match(JSON.parse(text(folder, 'package.json')), { name: 'fleet', version: '0.1.0' })
    t.match(JSON.parse(text(folder, 'openapi.json')), { info: { title: 'fleet', version: '0.1.0' } })
    t.equal(text(folder, 'README.md'), OWN_README)
    t.equal(existsSync(join(folder, 'renovate.json')), false)
    await commit(t, folder)
    t.match(await update(folder, template), { code: 0, output: /already contains version 99\.0\.0/ })
  })

  await t.test('each migration has its own number, and both databases keep their rows', async (t) => {
    for (const engine of ['sqlite', 'postgres']) {
      const { entries } = JSON.parse(text(folder, `drizzle/${engine}/meta/_journal.json`)) as Journal
      t.strictSame(
        entries.map(({ idx }) => idx),
        entries.map((_, index) => index)
      )
      t.match(entries.at(-2)?.tag, 'add-trip')
      t.match(entries.at(-1)?.tag, 'template-99-0-0')
      const sql = text(folder, `drizzle/${engine}/${entries.at(-1)?.tag}.sql`)
      t.equal(sql.split('note').length - 1, 1, 'the column is added once, and nothing else')
    }
    await migrate()
    for (const url of urls) {
      t.strictSame(await query(url, 'select goal from trip'), [{ goal: 'Rome' }])
      t.match(await query(url, 'select note from role'), [])
    }
  })

  await lint(t, folder)
  await runTests(t, folder, CHANGED)
})

type Journal = { entries: { idx: number; tag: string }[] }

/** Returns the template with a next version: a column, its migration with a statement by hand, and an upgrade note. */
async function releasedTemplate(t: Test): Promise<string> {
  const folder = await copyWithHistory(t)
  change(folder, 'src/tables/account.ts', /(?<=export const role = table\('role', \{\n)/, '  note: text(),\n')
  await run(t, folder, 'npm', 'run', 'db:generate', '--', '--name', 'add-note')
  for (const engine of ['sqlite', 'postgres']) {
    const { entries } = JSON.parse(text(folder, `drizzle/${engine}/meta/_journal.json`)) as Journal
    change(
      folder,
      `drizzle/${engine}/${entries.at(-1)?.tag}.sql`,
      /$/,
      "\n--> statement-breakpoint\nUPDATE role SET note = '';"
    )
  }
  change(folder, 'CHANGELOG.md', /(?<=^## Unreleased\n)/m, `\n### Upgrade notes\n\n* ${NOTE}\n`)
  change(folder, 'package.json', /(?<="version": ")[^"]*/, '99.0.0')
  change(folder, 'LICENSE', /^/, 'Owned by the template\n')
  change(folder, 'renovate.json', /$/, '\n')
  await commit(t, folder)
  await run(t, folder, 'git', 'tag', 'v99.0.0')
  return folder
}

/** Returns a project from the version of the template that changed a migration last, with a resource and files of its own. */
async function startedProject(t: Test, template: string): Promise<string> {
  const log = await execute('git', ['log', '-1', '--format=%H', 'v99.0.0~1', '--', 'drizzle'], { cwd: template })
  const folder = join(template, '../', `${template.split('/').at(-1)}-fleet`)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const start = ['npm', 'run', 'start-project', '--', folder, 'fleet', '--from', log.output.trim()]
  await run(t, template, 'env', ...IDENTITY, ...start)
  const commits = await execute('git', ['rev-list', '--count', 'HEAD'], { cwd: folder })
  t.equal(commits.output, '1\n', 'without the history of the template')
  t.match(JSON.parse(text(folder, 'template.json')), { commit: log.output.trim() })
  symlinkSync(join(template, 'node_modules'), join(folder, 'node_modules'))

  await run(t, folder, 'npm', 'run', 'new', '--', 'trip', '--fields', 'goal:text(200)', '--roles', 'user')
  writeFileSync(join(folder, 'README.md'), OWN_README)
  change(folder, 'LICENSE', /^/, 'Owned by the fleet\n')
  rmSync(join(folder, 'renovate.json'))
  await commit(t, folder)
  return folder
}

/** Runs the newest command in a project, as one that was started before there was this command has to. */
async function update(folder: string, ...args: string[]) {
  const template = folder.replace(/-fleet$/, '')
  const { PATH, HOME } = process.env
  const command = [join(template, 'scripts/template-update.ts'), ...args]
  return await execute(process.execPath, command, { cwd: folder, env: { PATH, HOME } })
}

function change(folder: string, path: string, place: RegExp, addition: string): void {
  const before = text(folder, path)
  const after = before.replace(place, () => addition)
  if (after === before) throw new Error(`${path} has no ${place}`)
  writeFileSync(join(folder, path), after)
}

function text(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8')
}
