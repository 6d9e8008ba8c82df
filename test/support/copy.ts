// A copy of the project in which somebody else goes on.

import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { temporaryFolder } from './folder.ts'
import { execute } from './process.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A copy of what is under version control, committed, with the packages that are installed. */
export async function copy(t: Test): Promise<string> {
  const folder = temporaryFolder(t)
  const { output } = await execute('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT
  })
  for (const path of output.split('\0').filter((one) => one !== '' && existsSync(join(ROOT, one)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(ROOT, path), join(folder, path))
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await run(t, folder, 'git', 'init', '-q')
  await commit(t, folder)
  return folder
}

/** Commits all there is. */
export async function commit(t: Test, folder: string): Promise<void> {
  await run(t, folder, 'git', 'add', '-A')
  await run(t, folder, 'git', '-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-qm', 'copy')
}

/** Runs a command in a copy as whoever owns it would; what it printed is told when it fails. */
export async function run(t: Test, folder: string, command: string, ...args: string[]): Promise<void> {
  const { PATH, HOME } = process.env
  const began = Date.now()
  const { code, output } = await execute(command, args, { cwd: folder, env: { PATH, HOME } })
  const failures = output.split('\n').filter((line) => /^\s*not ok/.test(line))
  t.equal(code, 0, `${[command, ...args].join(' ')}: ${Math.round((Date.now() - began) / 1000)} s`, {
    output: code === 0 ? '' : [...failures, output.slice(-4000)].join('\n')
  })
}

/** As `npm test` begins. */
export async function lint(t: Test, folder: string): Promise<void> {
  await run(t, folder, 'node_modules/.bin/biome', 'ci', '.')
  await run(t, folder, 'node_modules/.bin/tsc')
}
