// The packed client works in a program that installs only the package.

import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { build } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { execute } from '../support/process.ts'

const ROOT = join(import.meta.dirname, '../..')
const MODULES = ['calls', 'errors', 'index', 'lists', 'retries', 'schema', 'session', 'store']
const FILES = ['dist', ...MODULES.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]), 'package.json']
const TSC_OPTIONS = '--checkJs --noEmit --strict --module nodenext --target es2024 --skipDefaultLibCheck'

t.test('the package contains the compiled client, which runs and has types', async (t) => {
  const { app } = await build(t)
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  const { folder, name, files } = await installPacked(t)
  t.same(files, FILES)

  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'program.js'),
    `import { answerOf, ApiError, createClient, memoryStore } from '${name}'
    const client = createClient('${baseUrl}', { store: memoryStore() })
    const { status } = await answerOf(client.GET('/health/live'))
    // @ts-expect-error the types are there: no such path
    const { response } = await client.GET('/health/nowhere')
    // @ts-expect-error this is no list
    void client.list('/health/live')
    // @ts-expect-error a store has two functions
    createClient('${baseUrl}', { store: { get: () => undefined } })
    const refusal = await client.login('nobody', 'wrong').catch((error) => error)
    console.log(status, response.status, refusal instanceof ApiError, refusal.message)`
  )
  const [printed, typeErrors] = await Promise.all([
    run(folder, process.execPath, 'program.js'),
    run(folder, join(ROOT, 'node_modules/.bin/tsc'), ...TSC_OPTIONS.split(' '), 'program.js')
  ])
  t.equal(printed, 'ok 404 true 401 Bad username or password\n')
  t.equal(typeErrors, '')
})

/** Packs the client, and unpacks it with its dependencies into a new folder. Returns the package's name and files. */
async function installPacked(t: Test) {
  // Packed in a copy, because an earlier build in the project must not help.
  const source = temporaryFolder(t)
  cpSync(join(ROOT, 'tsconfig.json'), join(source, 'tsconfig.json'))
  cpSync(join(ROOT, 'client'), join(source, 'client'), { recursive: true, filter: (path) => basename(path) !== 'dist' })
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'))
  await run(source, 'npm', 'pack', './client')
  const { name, dependencies } = JSON.parse(readFileSync(join(source, 'client/package.json'), 'utf8')) as {
    name: string
    dependencies: Record<string, string>
  }

  const folder = temporaryFolder(t)
  const unpacked = join(folder, 'node_modules', name)
  mkdirSync(unpacked, { recursive: true })
  const [tarball = ''] = readdirSync(source).filter((file) => file.endsWith('.tgz'))
  await run(source, 'tar', '-xzf', tarball, '-C', unpacked, '--strip-components=1')
  for (const dependency of Object.keys(dependencies)) {
    symlinkSync(join(ROOT, 'node_modules', dependency), join(folder, 'node_modules', dependency))
  }
  const files = (readdirSync(unpacked, { recursive: true }) as string[]).filter((file) => file !== 'README.md').sort()
  return { folder, name, files }
}

/** Runs a command to its end and returns its output. Throws when it fails. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { PATH, HOME } = process.env
  const { code, output } = await execute(command, args, { cwd, env: { PATH, HOME } })
  if (code !== 0) throw new Error(output)
  return output
}
