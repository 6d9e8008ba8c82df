// For commands that change many files. What they change is committed before, so that all their changes can be undone.

import { execFile } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')

/** Thrown when a command cannot do what it was asked for. The message is all that the user needs to know. */
export class InvalidRequest extends Error {}

/** Prints why a command failed; if the user can correct it, only the message and a hint. */
export function reportFailure(error: unknown, hint = ''): void {
  const isInvalid = error instanceof InvalidRequest || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  console.error(isInvalid ? `${(error as Error).message}${hint}` : error)
  process.exitCode = 1
}

/** The folders in which the commands add files. An undo deletes new files only there. */
const FOLDERS = ['client', 'drizzle', 'routes', 'src', 'test']
const interrupt = new AbortController()

/**
 * Runs `change`, which changes only these files and folders. If it fails or is interrupted, undoes all their changes and
 * throws InvalidRequest, or another Error when something could not be undone. Throws InvalidRequest at once if one of them
 * has changes that are not committed. Other files may have some: they stay as they are.
 */
export async function changeTree(change: () => Promise<void>, paths = [...FOLDERS, '.']): Promise<void> {
  const lock = await lockTree(paths)
  // The running step ends first. Then everything is undone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt.abort())
  try {
    await change()
  } catch (error) {
    const { output: tracked } = await run('git', 'ls-files', '-z', '--', ...paths)
    const committed = tracked.split('\0').filter(Boolean)
    if (committed.length > 0) await run('git', 'restore', '--staged', '--worktree', '--', ...committed)
    await run('git', 'clean', '-fdq', '--', ...paths.filter((path) => path !== '.'))
    const reason = interrupt.signal.aborted ? 'The command was interrupted.' : (error as Error).message
    const rest = await status(paths)
    if (rest !== '') throw new Error(`${reason}\nThese changes could not be undone:\n${rest}`)
    throw new InvalidRequest(`${reason}\nEverything was undone.`)
  } finally {
    rmSync(lock)
  }
}

/** Returns a line for each of these files that differs from the last commit, whatever git is configured to show. */
async function status(paths: string[]): Promise<string> {
  return (await run('git', 'status', '--porcelain', '--untracked-files=all', '--', ...paths)).output
}

/** Returns a file that locks the tree, so that no other command runs meanwhile: each would undo the other's changes. */
async function lockTree(paths: string[]): Promise<string> {
  const repository = await run('git', 'rev-parse', '--absolute-git-dir')
  if (!repository.ok) {
    throw new InvalidRequest('This is not a git repository, so a failed step could not be undone: git init, and commit')
  }
  const changes = (await status(paths)).split('\n', 10).join('\n').trimEnd()
  if (changes !== '')
    throw new InvalidRequest(`Commit or stash your changes of these files first, to keep them apart:\n${changes}`)
  const lock = join(repository.output.trim(), 'change-of-the-tree.lock')
  try {
    closeSync(openSync(lock, 'wx'))
  } catch {
    throw new InvalidRequest(`Another command is changing the files. If it was killed, delete ${lock}`)
  }
  return lock
}

/** Formats files, checks all types, and writes the migrations and what is generated from the routes. */
export async function formatAndGenerate(files: string[], migration: string): Promise<void> {
  const bin = (name: string) => join(ROOT, 'node_modules/.bin', name)
  await step('imports', bin('biome'), 'lint', '--write', '--unsafe', '--only=noUnusedImports', ...files)
  await step('formatting', bin('biome'), 'check', '--write', ...files)
  await step('types', bin('tsc'))
  await step('migrations', process.execPath, 'scripts/generate-migrations.ts', '--name', migration)
  await step('table of routes', process.execPath, 'scripts/routes.ts', '--write')
  await step('document and client', process.execPath, 'scripts/openapi.ts', '--write')
}

async function step(name: string, command: string, ...args: string[]): Promise<void> {
  console.log(`${name} …`)
  const { ok, output } = await run(command, ...args)
  interrupt.signal.throwIfAborted()
  if (!ok) throw new Error(`The step "${name}" failed. Try other names, or report a fault of the command:\n${output}`)
}

export function run(command: string, ...args: string[]): Promise<{ ok: boolean; output: string }> {
  const { DATABASE_URL: _, ...env } = process.env // every step chooses the engine itself
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env, maxBuffer: Number.POSITIVE_INFINITY }
    const child = execFile(command, args, options, (error, out, err) => resolve({ ok: !error, output: out + err }))
    child.stdin?.end()
  })
}
