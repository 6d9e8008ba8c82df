// For commands that change many files: they begin from a clean tree, so that all they did can be taken back.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, lstatSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')

/** What is wrong with what a command was told; its message is all that whoever ran it needs. */
export class Refused extends Error {}

/** Tells whoever ran a command why it failed, with a hint after what is theirs to mend; any other error is shown whole. */
export function tellFailure(error: unknown, hint = ''): void {
  const isTheirs = error instanceof Refused || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  console.error(isTheirs ? `${(error as Error).message}${hint}` : error)
  process.exitCode = 1
}

/** Where the commands write; only there is anything taken back. */
const TOUCHED = ['client', 'drizzle', 'routes', 'src', 'test']
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
let interrupted = false

/**
 * Makes a change to the tree, which must be clean, and takes all of it back when a step fails or is interrupted: then it
 * throws Refused, or another Error when something could not be taken back.
 */
export async function changeTree(change: () => Promise<void>): Promise<void> {
  await requireCleanTree()
  const lock = await takeLock()
  // The step under way ends, and that takes everything back.
  const interrupt = () => {
    interrupted = true
  }
  for (const signal of SIGNALS) process.on(signal, interrupt)
  try {
    await change()
  } catch (error) {
    await git('restore', '--staged', '--worktree', '.')
    for (const folder of TOUCHED) await git('clean', '-fdq', '--', folder)
    const reason = interrupted ? 'It was interrupted.' : (error as Error).message
    const left = await status()
    if (left !== '') throw new Error(`${reason}\nThis could not be taken back:\n${left}`)
    throw new Refused(`${reason}\nEverything was taken back.`)
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt)
    rmSync(lock)
  }
}

async function requireCleanTree(): Promise<void> {
  if ((await git('rev-parse', '--git-dir')).code !== 0) {
    throw new Refused(
      'This is no git repository, so that a step that fails could not be taken back: git init, and commit'
    )
  }
  const changes = (await status()).split('\n')
  if (changes.length > 1) {
    const shown = changes.slice(0, 10).join('\n').trimEnd()
    throw new Refused(`Commit or stash first, so that what is changed can be told apart:\n${shown}`)
  }
}

/** What differs from the last commit, a line for each file, whatever the configuration of git. */
async function status(): Promise<string> {
  return (await git('status', '--porcelain', '--untracked-files=all')).output
}

/** Two at once would take each other's files for their own. */
async function takeLock(): Promise<string> {
  const folder = (await git('rev-parse', '--absolute-git-dir')).output.trim()
  const lock = join(folder, 'change-of-the-tree.lock')
  try {
    closeSync(openSync(lock, 'wx'))
  } catch {
    throw new Refused(`Another such command is at work. If it was killed, delete ${lock}`)
  }
  return lock
}

/** The paths of all files under version control that are there. */
export async function trackedFiles(): Promise<string[]> {
  const paths = (await git('ls-files', '-z')).output.split('\0')
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
  if (interrupted) throw new Error('interrupted')
  if (code !== 0)
    throw new Error(`This step failed, by a fault of the command or of the names given: ${what}\n${output}`)
}

function git(...args: string[]) {
  return run('git', args)
}

async function run(command: string, args: string[]): Promise<{ code: number; output: string }> {
  // The steps settle the engine themselves.
  const { DATABASE_URL: _ours, ...env } = process.env
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  child.on('error', () => {}) // such as git, where it is not installed: it ends without a code
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code: code === 0 ? 0 : 1, output }
}
