// The steps of the Dockerfile, run in an empty folder, lead to a server that starts and is healthy.

import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import t from 'tap'
import { temporaryFolder } from '../support/folder.ts'
import { execute, startServer, toolVariables } from '../support/process.ts'
import { copyInto, read, SECRETS } from './project-files.ts'

type Instruction = [name: string, rest: string]

t.test('the Dockerfile is valid', async (t) => {
  t.same(validate(read('Dockerfile')), [])
})

t.test('the image has a server that starts, is healthy, and stops', async (t) => {
  const instructions = instructionsOf(read('Dockerfile'))
  const secondStage = instructions.findLastIndex(([name]) => name === 'FROM')
  const image = join(temporaryFolder(t), 'app')
  mkdirSync(join(image, 'data'), { recursive: true })

  for (const [name, rest] of instructions.slice(0, secondStage)) {
    if (name === 'COPY') copyInto(image, sourcesOf(rest))
    if (name !== 'RUN') continue
    const { code, output } = await execute('bash', ['-c', rest], {
      cwd: image,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_prefer_offline: 'true' }
    })
    t.equal(code, 0, output)
  }
  t.notOk(readdirSync(join(image, 'node_modules')).includes('tap'), 'it has no devDependencies')
  for (const [name, rest] of instructions.slice(secondStage)) {
    if (name === 'COPY' && !rest.startsWith('--from')) copyInto(image, sourcesOf(rest))
  }

  const { USER, CMD = '', HEALTHCHECK = '' } = Object.fromEntries(instructions)
  t.equal(USER, 'node')
  const [, , preload] = JSON.parse(CMD)
  t.same(JSON.parse(CMD), ['node', '--import', './src/quick-imports.js', 'src/server.ts'])
  const server = await startServer(t, { ...SECRETS, NODE_OPTIONS: `--import ${preload}` }, { root: image })
  const [, script = ''] = JSON.parse(/CMD (.*)$/.exec(HEALTHCHECK)?.[1] ?? '[]')
  const checkHealth = () =>
    execute(process.execPath, [script], { cwd: image, env: { ...toolVariables(), PORT: String(server.port) } })
  t.equal((await checkHealth()).code, 0)
  t.equal((await fetch(`${server.url}/health/ready`)).status, 200)
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)
  t.equal((await checkHealth()).code, 1)
})

function instructionsOf(dockerfile: string): Instruction[] {
  return dockerfile
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => /^(\w+) (.*)$/.exec(line)?.slice(1) as Instruction)
}

/** Returns the sources of a COPY instruction, without its target. */
function sourcesOf(rest: string): string[] {
  return rest.split(' ').slice(0, -1)
}
