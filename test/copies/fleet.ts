// A product is built from the template, as a newcomer would: by the commands and recipes alone. It has vehicles with photos,
// drivers, trips with actions and tags, webhooks, and a page. Then it takes a new version of the template. The README says how
// much of it is written by hand.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { execute } from '../support/process.ts'
import { commit, lint, run, runTests } from './copy.ts'
import { type Effort, effortOf, HEADER, RECIPES, snippetsFor, tableOf } from './effort.ts'
import { followSnippets } from './snippets.ts'
import { checkUpdate, release, startFleet, templateCopy, text, VERSION } from './template.ts'

/** The tests of its resources. Both engines run them. */
const RESOURCES = ['resources/vehicle', 'resources/driver', 'resources/trip', 'resources/tag']

/** The tests of its page, and of what describes or covers the whole project. */
const OTHERS = [
  ...[
    'admin-ui/lockers',
    'admin-ui/form-tokens@sqlite',
    'admin-ui/access-lost-while@sqlite',
    'fuzz/@sqlite',
    'leaks/@sqlite'
  ],
  ...['http/time-outs@sqlite', 'http/methods@sqlite', 'roles/policy-table@sqlite', 'openapi/document', 'openapi/lint'],
  ...['project/configuration', 'project/documentation', 'project/layout', 'project/without-pages']
]

t.test('a product is built by commands and recipes, and takes a new version of the template', async (t) => {
  const template = await templateCopy(t)
  const folder = await startFleet(t, template)
  const hasExample = existsSync(join(folder, 'scripts/remove-example.ts'))
  if (hasExample) await run(t, folder, 'npm', 'run', 'remove-example')
  await commit(t, folder)
  const efforts: Effort[] = [{ step: 'the project, without the example', commands: 2, lines: 0, tests: 0, files: 0 }]

  for (const recipe of RECIPES) {
    await t.test(`${recipe.page} works as it says`, async (t) => {
      const snippets = snippetsFor(folder, recipe)
      // All tests run at the end.
      const steps = snippets.map((one) => ({ ...one, text: one.text.replace(/^npm run tap .*\n/gm, '') }))
      await followSnippets(t, folder, steps)
      await commit(t, folder)
      const { output } = await execute('git', ['diff', '--name-only', 'HEAD~1'], { cwd: folder })
      efforts.push(effortOf(recipe.step, snippets, output.trim().split('\n')))
    })
  }

  await t.test('the product is complete', async (t) => {
    const { paths } = JSON.parse(text(folder, 'openapi.json')) as Document
    const parameters = paths['/api/trip/']?.get?.parameters?.map(({ name }) => name) ?? []
    for (const name of ['departs_at_from', 'departs_at_to', 'sort', 'count', 'tag_id']) {
      t.ok(parameters.includes(name), `the list of trips has ${name}`)
    }
    await run(t, folder, 'npm', 'run', 'format')
    await lint(t, folder)
    await runTests(t, folder, [...RESOURCES, ...OTHERS])
    await commit(t, folder)
  })

  await t.test('it takes a new version of the template', async (t) => {
    await release(t, template)
    await run(t, folder, 'npm', 'run', 'template:update', '--', template, `v${VERSION}`)
    checkUpdate(t, folder, 'add-locker')
    await lint(t, folder)
    await runTests(t, folder, [...RESOURCES, 'openapi/document', 'project/generated-migrations'])
    efforts.push({
      step: '[a new version](docs/upgrading.md) of the template',
      commands: 1,
      lines: 0,
      tests: 0,
      files: 0
    })
  })

  await t.test('the README says what it takes', async (t) => {
    const counted = tableOf(efforts)
    t.comment(counted)
    const readme = text(folder, 'README.md')
    // A README of one's own need not say it.
    const [, said] = readme.split(/^(?=\| step \|)|(?<=^\| all \|.*\n)/m)
    if (readme.includes(HEADER)) t.equal(said, counted)
  })
})

type Document = { paths: Record<string, Record<string, { parameters?: { name: string }[] }>> }
