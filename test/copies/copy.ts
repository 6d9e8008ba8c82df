// A copy of the project, in which a team continues its work.

import { cpSync, existsSync, globSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { temporaryFolder } from '../support/folder.ts'
import { execute } from '../support/process.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Returns the folder of a copy of all files that git does not ignore, committed, with the installed packages. */
export async function copy(t: Test): Promise<string> {
  const folder = temporaryFolder(t)
  await copyFiles(folder)
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await run(t, folder, 'git', 'init', '-q')
  await commit(t, folder)
  return folder
}

/** Returns the folder of such a copy with the history of the project, whose files are its last commit. */
export async function copyWithHistory(t: Test): Promise<string> {
  const folder = temporaryFolder(t)
  await run(t, folder, 'git', 'clone', '-q', '--no-checkout', ROOT, '.')
  await copyFiles(folder)
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await commit(t, folder)
  return folder
}

async function copyFiles(folder: string): Promise<void> {
  const { output } = await execute('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT
  })
  for (const path of output.split('\0').filter((one) => one !== '' && existsSync(join(ROOT, one)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(ROOT, path), join(folder, path))
  }
}

/** Commits everything. */
export async function commit(t: Test, folder: string): Promise<void> {
  await run(t, folder, 'git', 'add', '-A')
  await run(
    t,
    folder,
    'git',
    '-c',
    'user.name=a',
    '-c',
    'user.email=a@example.org',
    'commit',
    '-qm',
    'copy',
    '--allow-empty'
  )
}

/** Runs a command in a copy as its owner would, without the variables of this process. If it fails, shows its output. */
export async function run(t: Test, folder: string, command: string, ...args: string[]): Promise<void> {
  const { PATH, HOME } = process.env
  const began = Date.now()
  const { code, output } = await execute(command, args, { cwd: folder, env: { PATH, HOME } })
  const failures = output.split('\n').filter((line) => /^\s*not ok/.test(line))
  t.equal(code, 0, `${[command, ...args].join(' ')}: ${Math.round((Date.now() - began) / 1000)} s`, {
    output: code === 0 ? '' : [...failures, output.slice(-4000)].join('\n')
  })
}

/** Checks formatting and types, as `npm test` does first. */
export async function lint(t: Test, folder: string): Promise<void> {
  await run(t, folder, 'node_modules/.bin/biome', 'ci', '.')
  await run(t, folder, 'node_modules/.bin/tsc')
}

/** Runs the tests whose path contains one of `parts`, on both engines, or on one: 'roles/@sqlite'. Each must have a test. */
export async function runTests(t: Test, folder: string, parts: string[]): Promise<void> {
  const files = globSync('test/**/*.test.ts', { cwd: folder })
  const wanted = parts.flatMap((part) => {
    const [path = '', engine] = part.split('@')
    const found = files.filter((file) => file.includes(path))
    t.ok(found.length > 0, `there are tests of ${part}`)
    return found.map((file) => `--test-arg=${file}${engine ? `@${engine}` : ''}`)
  })
  await run(t, folder, 'npm', 'run', 'tap', '--', ...wanted)
}
