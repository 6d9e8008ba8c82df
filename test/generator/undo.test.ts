// A command that adds a resource and fails leaves no trace.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { execute } from '../support/process.ts'
import { changesIn, generatorCopy, runGenerator } from './generator-copy.ts'

const ARGUMENTS = ['visit', '--fields', 'reason:text(200)', '--roles', 'user']

t.test('when a step fails, everything is undone', async (t) => {
  const folder = generatorCopy(t, { broken: true })
  const run = await runGenerator(folder, ARGUMENTS)
  t.match(run, { code: 1, output: /The step "types" failed.*\nEverything was undone\.\nNothing was changed/s })
  t.equal(await changesIn(folder), '')
})

t.test('when the command is interrupted, everything is undone', async (t) => {
  const folder = generatorCopy(t)
  const child = spawn(process.execPath, ['scripts/new-resource.ts', ...ARGUMENTS], { cwd: folder })
  const errors = text(child.stderr)
  child.stdout.on('data', (output) => {
    if (!String(output).includes('migrations …')) return
    t.ok(existsSync(join(folder, 'routes/api/visit/index.ts')), 'its files are written')
    child.kill('SIGTERM')
  })
  t.strictSame(await once(child, 'close'), [1, null])
  t.match(await errors, 'The command was interrupted.\nEverything was undone.\nNothing was changed')
  t.equal(await changesIn(folder), '')
})

t.test('uncommitted changes of other files stay as they are, also when everything is undone', async (t) => {
  const folder = generatorCopy(t, { broken: true })
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  writeFileSync(join(folder, 'routes/api/mine.ts'), '// mine')
  appendFileSync(join(folder, 'package.json'), '\n')
  appendFileSync(join(folder, 'biome.json'), '\n')
  rmSync(join(folder, 'scripts/health.ts'))
  await execute('git', ['add', 'biome.json'], { cwd: folder })
  const before = await changesIn(folder)
  const run = await runGenerator(folder, ARGUMENTS)
  t.match(run, { code: 1, output: /The step "types" failed.*\nEverything was undone\.\nNothing was changed/s })
  t.equal(await changesIn(folder), before)
  t.equal(readFileSync(join(folder, 'routes/api/mine.ts'), 'utf8'), '// mine')
  t.notOk(existsSync(join(folder, 'routes/api/visit')), 'no folder is left')
})
