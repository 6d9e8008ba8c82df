// `npm run rename` gives the project another name in every place.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { execute } from '../support/process.ts'
import { copyOf, read } from './project-files.ts'

const CHANGED = [
  ...['package.json', 'package-lock.json', 'client/package.json', 'openapi.json', 'docs/configuration.md'],
  'compose.yaml'
]
const PARTS = ['scripts', 'src', 'plugins', 'docs', 'client', ...CHANGED.filter((path) => !path.includes('/'))]

t.test('one command renames the project in every place, and does so once', async (t) => {
  const folder = copyOf(t, PARTS)
  const { name: before } = JSON.parse(read('package.json')) as { name: string }
  const rename = (name: string) => execute(process.execPath, ['scripts/rename.ts', name], { cwd: folder })
  const { code, output } = await rename('quartz-lantern')
  t.equal(code, 0, output)
  for (const path of CHANGED) t.match(output, `\n  ${path}\n`)
  const text = (path: string) => readFileSync(join(folder, path), 'utf8')
  for (const path of CHANGED) t.notMatch(text(path), before, path)
  const named = (path: string) => JSON.parse(text(path)).name
  t.strictSame(['package.json', 'package-lock.json', 'client/package.json'].map(named), [
    'quartz-lantern',
    'quartz-lantern',
    'quartz-lantern-client'
  ])
  t.match(JSON.parse(text('package-lock.json')).packages[''], { name: 'quartz-lantern' })
  t.match(JSON.parse(text('openapi.json')).info, { title: 'quartz-lantern' })
  t.equal(text('compose.yaml').split('quartz_lantern').length - 1, 5, 'an identifier of PostgreSQL has no hyphen')
  const issuer = `import { loadConfig } from './src/config.ts'; console.log(loadConfig({ DEMO: 'true' }).jwtIssuer)`
  const options = { cwd: folder, env: {} }
  t.equal((await execute(process.execPath, ['--input-type=module', '-e', issuer], options)).output, 'quartz-lantern\n')

  t.match(await rename('quartz-lantern'), { code: 0, output: 'The project is named quartz-lantern already.\n' })
  await rename('zeppelin')
  await rename('quartz-lantern')
  t.equal(CHANGED.map(text).join('').includes('zeppelin'), false, 'a name of one word is replaced as well')
})

t.test('a name that cannot work is refused with the reason, and nothing changes', async (t) => {
  const folder = copyOf(t, PARTS)
  for (const [name, reason] of [
    ['', /^the name: a project is named by lower-case words/],
    ['Fleet', /^Fleet: a project is named by/],
    ['quartz_lantern', /a project is named by/],
    ['../fleet', /a project is named by/],
    ['-fleet', /Unknown option/],
    ['ab', /3 to 50 characters/],
    ['a'.repeat(51), /3 to 50 characters/],
    ['fastify', /npm does not install a package of the same name/],
    ['pg-fleet', /PostgreSQL keeps such names/]
  ] as const) {
    const { code, output } = await execute(process.execPath, ['scripts/rename.ts', name], { cwd: folder })
    t.equal(code, 1, name)
    t.match(output, reason)
    t.match(output, '\nNothing was changed. For help: npm run rename -- --help')
  }
  for (const path of CHANGED) t.equal(readFileSync(join(folder, path), 'utf8'), read(path), path)
  const two = await execute(process.execPath, ['scripts/rename.ts', 'fleet', 'hub'], { cwd: folder })
  t.match(two, { code: 1, output: /^Give one name/ })
  const help = await execute(process.execPath, ['scripts/rename.ts', '--help'], { cwd: folder })
  t.match(help, { code: 0, output: /^npm run rename -- <name>/ })
})
