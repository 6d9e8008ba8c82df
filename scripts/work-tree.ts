// For commands that change many files: they begin from a clean tree, so that all they did can be taken back.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')

/** What is wrong with what a command was told; its message is all that whoever ran it needs. */
export class Refused extends Error {}

/**
 * Makes a change to the tree, which must be clean, and takes all of it back when a step fails. Throws Refused with what
 * was wrong, and with what could not be taken back.
 */
export async function changeTree(change: () => Promise<void>): Promise<void> {
  const { code, output } = await git('status', '--porcelain')
  if (code !== 0) {
    throw new Refused(
      'This is no git repository, so that a step that fails could not be taken back: git init, and commit'
    )
  }
  if (output !== '') {
    throw new Refused(`Commit or stash first, so that what is changed can be told apart:\n${output.trimEnd()}`)
  }
  // Ctrl-C ends the step under way, and that takes everything back.
  const ignore = () => {}
  process.on('SIGINT', ignore)
  try {
    await change()
  } catch (error) {
    await git('restore', '--staged', '--worktree', '.')
    await git('clean', '-fdq')
    const left = (await git('status', '--porcelain')).output
    const outcome = left === '' ? 'Everything was taken back.' : `This could not be taken back:\n${left}`
    throw new Refused(`${(error as Error).message}\n${outcome}`)
  } finally {
    process.off('SIGINT', ignore)
  }
}

/** The paths of all files under version control that are there. */
export async function trackedFiles(): Promise<string[]> {
  const paths = (await git('ls-files')).output.split('\n')
  return paths.filter((path) => lstatSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile())
}

/** Writes the migrations of both engines under a name, and what is made from the routes and their schemas. */
export async function renewGenerated(migration: string): Promise<void> {
  await step('migrations', process.execPath, 'scripts/generate-migrations.ts', '--name', migration)
  await step('table of routes', process.execPath, 'scripts/routes.ts', '--write')
  await step('document and client', process.execPath, 'scripts/openapi.ts', '--write')
}

/** Formats files, and has every type of the project checked. */
export async function formatAndCheck(files: string[]): Promise<void> {
  const bin = (name: string) => join(ROOT, 'node_modules/.bin', name)
  await step('formatting', bin('biome'), 'check', '--write', ...files)
  await step('types', bin('tsc'))
}

async function step(what: string, command: string, ...args: string[]): Promise<void> {
  console.log(`${what} …`)
  const { code, output } = await run(command, args)
  if (code !== 0) throw new Error(`${what}: ${output}`)
}

function git(...args: string[]) {
  return run('git', args)
}

async function run(command: string, args: string[]): Promise<{ code: number; output: string }> {
  // The steps settle the engine themselves.
  const { DATABASE_URL: _ours, ...env } = process.env
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code: code ?? 1, output }
}
