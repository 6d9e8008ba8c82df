// Git, for the commands that take a project from the template and keep it up to date.

import { execFileSync } from 'node:child_process'
import { InvalidRequest } from '../work-tree.ts'

/** The author of commits that are made only to be merged. No hook of the project runs for them. */
const AUTHOR = { GIT_AUTHOR_NAME: 'template', GIT_AUTHOR_EMAIL: 'template@localhost' }
const COMMITTER = { GIT_COMMITTER_NAME: 'template', GIT_COMMITTER_EMAIL: 'template@localhost' }

export type Git = (...args: string[]) => string

/** Returns git for a folder: a function that runs it and returns its output. It throws InvalidRequest when git fails. */
export function gitIn(folder: string, variables: Record<string, string> = {}): Git {
  return function git(...args) {
    try {
      return execFileSync('git', ['-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=off', ...args], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...variables }
      })
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
      throw new InvalidRequest(`git ${args[0]} failed: ${(stderr || stdout || (error as Error).message).trim()}`)
    }
  }
}

/** Like `gitIn`, for commits that nobody keeps. */
export function gitWithoutAuthor(folder: string): Git {
  return gitIn(folder, { ...AUTHOR, ...COMMITTER })
}

/** Returns the output of git, or undefined if it fails. */
export function attempt(git: Git, ...args: string[]): string | undefined {
  try {
    return git(...args)
  } catch {
    return undefined
  }
}

/** Returns the lines of an output. */
export function lines(output: string): string[] {
  return output.split('\n').filter((line) => line !== '')
}
