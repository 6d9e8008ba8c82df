// Where the template of a project is, and which commit of it the project contains. template.json says so.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidRequest } from '../work-tree.ts'
import { attempt, type Git } from './git.ts'

const FILE = 'template.json'

export interface Template {
  /** A URL or path that git can fetch from. */
  source?: string
  /** The commit of the template that the project contains. */
  commit: string
  /** The version in its package.json. */
  version: string
}

/** Returns what a project records of its template; undefined if it records nothing. */
export function templateOf(folder: string): Template | undefined {
  const file = join(folder, FILE)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Template) : undefined
}

/** Records what a project contains of its template. */
export function recordTemplate(folder: string, template: Template): void {
  writeFileSync(join(folder, FILE), `${JSON.stringify(template, null, 2)}\n`)
}

/** Returns the version in the package.json of a commit. */
export function versionOf(git: Git, commit: string): string {
  return JSON.parse(git('show', `${commit}:package.json`)).version
}

/** Returns a URL without the name and password in it: template.json is committed. */
export function withoutCredentials(source: string): string {
  if (!/^[a-z+]+:\/\//i.test(source) || !URL.canParse(source)) return source
  const url = new URL(source)
  if (url.protocol === 'ssh:') return source
  url.username = ''
  url.password = ''
  return url.href
}

/** Fetches a template, and returns the commit that `ref` (a tag, a branch or a commit) names: without one, its newest. */
export function fetchTemplate(git: Git, source: string, ref: string | undefined): string {
  const everything = [
    '+HEAD:refs/template/HEAD',
    ...['heads', 'tags'].map((kind) => `+refs/${kind}/*:refs/template/${kind}/*`)
  ]
  git('fetch', '--quiet', '--prune', '--no-tags', '--no-write-fetch-head', '--', source, ...everything)
  const names = ref === undefined ? ['HEAD'] : [`tags/${ref}`, `heads/${ref}`]
  const found = names.map((name) => attempt(git, 'rev-parse', '--verify', '--quiet', `refs/template/${name}^{commit}`))
  const isHash = ref !== undefined && /^[0-9a-f]{7,40}$/.test(ref)
  const commit =
    found.find(Boolean) ?? (isHash ? attempt(git, 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`) : '')
  if (!commit) throw new InvalidRequest(`${source} has no tag, branch or commit ${ref ?? 'HEAD'}`)
  return commit.trim()
}

/** Returns the commit of the template that a project contains: what was given, recorded, or is common history. */
export function baseOf(git: Git, target: string, given: string | undefined): string {
  const base = given ?? attempt(git, 'merge-base', 'HEAD', target)?.trim()
  if (!base)
    throw new InvalidRequest('Which commit of the template was this project made from? Name it with --base <commit>')
  const commit = attempt(git, 'rev-parse', '--verify', '--quiet', `${base}^{commit}`)?.trim()
  if (!commit)
    throw new InvalidRequest(
      `The template has no commit ${base}. If its checkout is shallow, run there: git fetch --unshallow`
    )
  return commit
}
