// What the README and docs/configuration.md say about commands and variables is true. A project with a README of its own
// passes, whatever that says: what is checked is what is there.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { effortOf, HEADER, RECIPES, snippetsFor } from '../copies/effort.ts'
import { execute } from '../support/process.ts'
import { copyOf, ROOT, read, SECRETS } from './project-files.ts'

t.test('docs/configuration.md lists every variable with its default', async (t) => {
  const rows = [...read('docs/configuration.md').matchAll(/^\| `([A-Z0-9_]+)` \| (?:`([^`]*)`)? ?\|/gm)]
  const variables = rows.map(([, name = '', value]) => ({ name, value }))
  t.ok(variables.length > 15)
  const known = [...read('src/variables.ts').matchAll(/^ {2}([A-Z0-9_]+): Type\./gm)].map(([, name = '']) => name)
  t.same(variables.map(({ name }) => name).sort(), known.sort())
  const defaults = variables.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value])
  t.same(loadConfig({ ...Object.fromEntries(defaults), ...SECRETS }), loadConfig(SECRETS))
})

t.test('the commands of the README start a server in production', async (t) => {
  const blocks = [...read('README.md').matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)
  const production = blocks.find((block) => block.startsWith('cp .env.example .env') && block.endsWith('npm start\n'))
  if (production === undefined) return

  const parts = ['.env.example', 'drizzle', 'plugins', 'routes', 'scripts', 'src', 'templates', 'package.json']
  const folder = copyOf(
    t,
    parts.filter((part) => existsSync(join(ROOT, part))) // a project can do without the pages
  )
  const scripted = production.replace(/npm start\n$/, '').replace(/npm run (\S+) --/g, 'npm run -s $1 --')
  const steps = await execute('bash', ['-euc', scripted], { cwd: folder, env: process.env })
  t.equal(steps.code, 0, steps.output)
  t.match(steps.output, /alice added with the role admin/)
  t.match(await execute('npm', ['start'], { cwd: folder, env: { PATH: process.env.PATH } }), {
    code: 1,
    output: /placeholder/
  })
})

t.test('every script that the README names exists, and its table of commands names every script', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = new Set([...read('README.md').matchAll(/npm (?:run )?([a-z:-]+)/g)].map(([, name = '']) => name))
  const run = [...read('README.md').matchAll(/npm run ([a-z:-]+)/g)].map(([, name = '']) => name)
  t.same(
    run.filter((name) => !(name in scripts)),
    []
  )
  if (!read('README.md').includes('\n| command | what it does |\n')) return
  t.same(
    Object.keys(scripts)
      .filter((name) => !named.has(name))
      .sort(),
    []
  )
})

t.test('the README says how many lines by hand a product takes', async (t) => {
  const readme = read('README.md')
  if (!readme.includes(HEADER)) return
  for (const recipe of RECIPES.filter(({ page }) => existsSync(join(ROOT, page)))) {
    const { step, commands, lines, tests, files } = effortOf(recipe.step, snippetsFor(ROOT, recipe))
    const row = readme.split('\n').find((line) => line.startsWith(`| ${step} |`))
    t.equal(row?.replace(/ \| \d+ \|$/, ''), `| ${[step, commands, lines, tests, files].join(' | ')}`)
  }
})

t.test('docs/security.md names the tests that prove each requirement', async (t) => {
  const { code, output } = await execute(process.execPath, ['scripts/security.ts'], { cwd: ROOT })
  t.equal(code, 0, output)
  t.equal(output, read('docs/security.md'), 'run npm run security -- --write')
})
