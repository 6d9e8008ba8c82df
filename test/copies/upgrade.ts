// A project is started from an older version of the template, gets a resource of its own, and takes the newest version: the
// code of both is merged, its migration comes after the project's own, and the tests pass.

import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { execute } from '../support/process.ts'
import { commit, lint, run, runTests } from './copy.ts'
import { databasesOf, query } from './databases.ts'
import { change, checkUpdate, NOTE, release, startFleet, templateCopy, text, VERSION } from './template.ts'

const OWN_README = '# Fleet\n\nVehicles and trips. Start it with `npm run demo`.\n'

/** The tests of what the update generates or replaces, and of what the project has added. */
const CHANGED = [
  ...['resources/trip', 'openapi/document@sqlite', 'project/generated-migrations'],
  ...['project/documentation', 'project/renaming', 'generator/files']
]

t.test('a project takes a new version of the template, with its migration, and keeps what is its own', async (t) => {
  const template = await templateCopy(t)
  await release(t, template)
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
    const { code, output } = await update(folder, template, `v${VERSION}`)
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
    t.match(JSON.parse(text(folder, 'package.json')), { name: 'fleet', version: '0.1.0' })
    t.match(JSON.parse(text(folder, 'openapi.json')), { info: { title: 'fleet', version: '0.1.0' } })
    t.equal(text(folder, 'README.md'), OWN_README)
    t.equal(existsSync(join(folder, 'renovate.json')), false)
    await commit(t, folder)
    t.match(await update(folder, template), { code: 0, output: /already contains version 99\.0\.0/ })
  })

  await t.test('each migration has its own number, and both databases keep their rows', async (t) => {
    checkUpdate(t, folder, 'add-trip')
    await migrate()
    for (const url of urls) {
      t.strictSame(await query(url, 'select goal from trip'), [{ goal: 'Rome' }])
      t.match(await query(url, 'select note from role'), [])
    }
  })

  await lint(t, folder)
  await runTests(t, folder, CHANGED)
})

/** Returns a project from the version of the template that changed a migration last, with a resource and files of its own. */
async function startedProject(t: Test, template: string): Promise<string> {
  const log = await execute('git', ['log', '-1', '--format=%H', `v${VERSION}~1`, '--', 'drizzle'], { cwd: template })
  const folder = await startFleet(t, template, '--from', log.output.trim())
  t.match(JSON.parse(text(folder, 'template.json')), { commit: log.output.trim() })

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
