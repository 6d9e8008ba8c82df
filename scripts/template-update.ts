// Takes a new version of the template into a project: `npm run template:update -- v2.3.0`. docs/upgrading.md explains it. A
// project from before this command runs it from a checkout of the template: node ../template/scripts/template-update.ts …

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { attempt, gitIn, lines } from './template/git.ts'
import { conflictsIn, mergeTemplate } from './template/template-merge.ts'
import { migrationsToRead } from './template/template-migrations.ts'
import {
  baseOf,
  fetchTemplate,
  recordTemplate,
  type Template,
  templateOf,
  versionOf,
  withoutCredentials
} from './template/template-source.ts'
import { newNotes } from './template/upgrade-notes.ts'
import { InvalidRequest, reportFailure } from './work-tree.ts'

const HELP = `npm run template:update -- [<template>] [<version>] [--base <commit>]
npm run template:update -- --continue

  <template>   a checkout of the template, or the URL of its repository [the one that template.json names]
  <version>    a tag, a branch or a commit of it [its newest commit]
  --base       the commit of the template that the project contains [the one that template.json names]
  --continue   after you have solved the conflicts of a merge

Merges what the template has changed since, writes a migration for it, and updates what is generated from the code. Nothing is
committed. To give up: git reset --hard && git clean -d
`

/** An update that is under way. */
interface Update extends Template {
  base: string
  leftOut: string[]
}

const FOLDER = process.cwd()
const git = gitIn(FOLDER)

try {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { base: text, continue: flag, help: flag }
  const { positionals, values } = parseArgs({ allowPositionals: true, options })
  if (values.help) console.log(HELP)
  else if (values.continue && positionals.length === 0) proceed()
  else await update(positionals, values.base)
} catch (error) {
  reportFailure(error, '\nFor help: npm run template:update -- --help')
}

async function update(positionals: string[], given: string | undefined): Promise<void> {
  requireCleanTree()
  const recorded = templateOf(FOLDER)
  const { source = recorded?.source, ref } = sourceAndRef(positionals)
  if (source === undefined)
    throw new InvalidRequest(
      'template.json names no repository of the template: give its URL or the path of a checkout'
    )
  const target = fetchTemplate(git, source, ref)
  const base = baseOf(git, target, given ?? recorded?.commit)
  const version = versionOf(git, target)
  if (base === target) return console.log(`The project already contains ${describe(version, target)}.`)
  console.log(`From ${describe(versionOf(git, base), base)} to ${describe(version, target)} …`)

  const { conflicts, leftOut } = await mergeTemplate(FOLDER, base, target, describe(version, target))
  const isLocal = existsSync(source)
  const kept = isLocal ? recorded?.source : withoutCredentials(source)
  writeState({ ...(kept && { source: kept }), commit: target, version, base, leftOut })
  if (conflicts.length > 0) return stop('Solve the conflicts in these files, and git add them:', conflicts)
  if (lines(git('diff', '--cached', '--name-only', 'HEAD', '--', 'package-lock.json')).length > 0)
    return stop('The template needs other packages. Run:', ['npm ci'])
  proceed()
}

/** Finishes a merge without conflicts. */
function proceed(): void {
  const state = readState()
  const conflicts = conflictsIn(FOLDER)
  if (conflicts.length > 0) {
    stop('These files still have conflicts; git add those that are solved:', conflicts)
    return
  }
  const { base, leftOut, ...template } = state
  const name = `template-${template.version.replace(/[^\w]+/g, '-')}`
  step('migrations', 'scripts/generate-migrations.ts', '--name', name)
  step('table of routes', 'scripts/routes.ts', '--write')
  step('document and client', 'scripts/openapi.ts', '--write')
  if (existsSync(join(FOLDER, 'docs/security.md'))) step('list of requirements', 'scripts/security.ts', '--write')
  recordTemplate(FOLDER, template)
  git('add', '--all')
  rmSync(stateFile())
  report(base, template, leftOut)
}

function step(name: string, ...args: string[]): void {
  console.log(`${name} …`)
  const { DATABASE_URL: _, ...env } = process.env // every step chooses the engine itself
  try {
    // drizzle-kit asks in the terminal whether a column was renamed.
    execFileSync(process.execPath, args, { cwd: FOLDER, env, stdio: ['inherit', 'ignore', 'inherit'] })
  } catch {
    throw new InvalidRequest(
      `The step "${name}" failed. Correct the code, then run: npm run template:update -- --continue`
    )
  }
}

function report(base: string, { commit, version }: Template, leftOut: string[]): void {
  const changelog = (of: string) => attempt(git, 'show', `${of}:CHANGELOG.md`) ?? ''
  const notes = newNotes(changelog(base), changelog(commit))
  const migrations = migrationsToRead(FOLDER, base, commit)
  const parts = [
    `The project contains ${describe(version, commit)}. Read before you commit:`,
    ...(notes.length > 0 ? ['\nUpgrade notes of the template:', ...notes.map((note) => `  * ${note}`)] : []),
    ...(migrations.length > 0
      ? [
          '\nMigrations of the template with other statements than yours. Copy what prepares your data:',
          ...migrations.map((path) => `  git show ${commit.slice(0, 12)}:${path}`)
        ]
      : []),
    ...(leftOut.length > 0
      ? [
          '\nFiles that you have deleted and the template has changed or added. They stay deleted:',
          ...indented(leftOut)
        ]
      : []),
    '\nEverything that is new:',
    `  git diff ${base.slice(0, 12)} ${commit.slice(0, 12)} -- CHANGELOG.md`,
    '  git diff --cached',
    '\nThen run npm run format and npm test, and commit.'
  ]
  console.log(parts.join('\n'))
}

function stop(reason: string, items: string[]): void {
  console.log([reason, ...indented(items), 'Then run: npm run template:update -- --continue'].join('\n'))
  process.exitCode = 1
}

function indented(items: string[]): string[] {
  return items.map((item) => `  ${item}`)
}

function describe(version: string, commit: string): string {
  return `version ${version} (${commit.slice(0, 12)})`
}

/** A template is a folder or a URL; everything else is a version of it. */
function sourceAndRef(positionals: string[]): { source?: string; ref?: string } {
  const [first, second, ...rest] = positionals
  if (rest.length > 0) throw new InvalidRequest('Give at most a template and a version')
  if (first === undefined) return {}
  const isSource = existsSync(first) || /:/.test(first) || first.endsWith('.git')
  if (isSource)
    return { source: existsSync(first) ? resolve(first) : first, ...(second !== undefined && { ref: second }) }
  if (second !== undefined) throw new InvalidRequest(`${first} is neither a folder nor a URL`)
  return { ref: first }
}

function requireCleanTree(): void {
  if (attempt(git, 'rev-parse', '--show-prefix')?.trim() !== '' || attempt(git, 'rev-parse', 'HEAD') === undefined)
    throw new InvalidRequest(
      'Run this in the top folder of the git repository of your project, which must have a commit'
    )
  const changes = lines(git('status', '--porcelain', '--untracked-files=all')).slice(0, 10)
  if (changes.length > 0)
    throw new InvalidRequest(`Commit or stash your changes first, to keep them apart:\n${changes.join('\n')}`)
}

function stateFile(): string {
  return join(git('rev-parse', '--absolute-git-dir').trim(), 'template-update.json')
}

function writeState(state: Update): void {
  writeFileSync(stateFile(), JSON.stringify(state))
}

function readState(): Update {
  if (!existsSync(stateFile())) throw new InvalidRequest('No update of the template is under way')
  return JSON.parse(readFileSync(stateFile(), 'utf8')) as Update
}
