// A copy of what the command that adds a resource reads and writes, in which it can run without the rest of the project.

import { execFileSync } from 'node:child_process'
import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { temporaryFolder } from '../support/folder.ts'
import { ROOT } from '../support/generated.ts'
import { execute, toolVariables } from '../support/process.ts'

const PARTS = ['drizzle', 'plugins', 'routes', 'scripts', 'src', 'package.json', 'biome.json', 'openapi.json', 'test']

/** Returns the folder of a copy, which is committed to a git repository. In a broken one, the check of types fails. */
export function generatorCopy(t: Test, { git = true, broken = false } = {}): string {
  const folder = temporaryFolder(t)
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const compilerOptions = { noEmit: true, skipLibCheck: true, ...(broken && { types: ['there-is-no-such-package'] }) }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['src/instants.ts'] }))
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n')
  if (git) {
    const user = ['-c', 'user.name=a', '-c', 'user.email=a@example.org']
    for (const args of [
      ['init', '-q'],
      ['add', '-A'],
      [...user, 'commit', '-qm', 'copy']
    ]) {
      execFileSync('git', args, { cwd: folder })
    }
  }
  return folder
}

/** Runs the command in a copy, with `input` typed into it. */
export function runGenerator(folder: string, args: string[], input?: string) {
  const env = { ...toolVariables(), PATH: process.env.PATH }
  return execute(process.execPath, ['scripts/new-resource.ts', ...args], { cwd: folder, env, input })
}

/** Returns what git says about the files that differ from the last commit. */
export async function changesIn(folder: string): Promise<string> {
  return (await execute('git', ['status', '--porcelain'], { cwd: folder })).output
}
