// A template of which a new version appears, and the projects that were started from it.

import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { execute } from '../support/process.ts'
import { commit, copyWithHistory, run } from './copy.ts'

const ENGINES = ['sqlite', 'postgres']
const IDENTITY = ['AUTHOR', 'COMMITTER'].flatMap((who) => [`GIT_${who}_NAME=a`, `GIT_${who}_EMAIL=a@example.org`])

/** The version that `release` makes, and its upgrade note. */
export const VERSION = '99.0.0'
export const NOTE = 'Name a note for each role, or leave it empty.'

type Journal = { entries: { idx: number; tag: string }[] }

/** Returns the folder of the template, with its history. */
export async function templateCopy(t: Test): Promise<string> {
  return await copyWithHistory(t)
}

/** Starts the project `fleet` beside a template, as one commit, from its last commit or from another one. */
export async function startFleet(t: Test, template: string, ...options: string[]): Promise<string> {
  const folder = `${template}-fleet`
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  await run(t, template, 'env', ...IDENTITY, 'npm', 'run', 'start-project', '--', folder, 'fleet', ...options)
  symlinkSync(join(template, 'node_modules'), join(folder, 'node_modules'))
  const commits = await execute('git', ['rev-list', '--count', 'HEAD'], { cwd: folder })
  t.equal(commits.output, '1\n', 'without the history of the template')
  return folder
}

/** Gives a template a new version: a column, its migration with a statement by hand, an upgrade note, and some changes. */
export async function release(t: Test, template: string): Promise<void> {
  change(template, 'src/tables/account.ts', /(?<=export const role = table\('role', \{\n)/, '  note: text(),\n')
  await run(t, template, 'npm', 'run', 'db:generate', '--', '--name', 'add-note')
  for (const engine of ENGINES) {
    const path = `drizzle/${engine}/${entriesOf(template, engine).at(-1)?.tag}.sql`
    change(template, path, /$/, "\n--> statement-breakpoint\nUPDATE role SET note = '';")
  }
  change(template, 'src/app.ts', /^/, '// Corrected.\n')
  change(template, 'CHANGELOG.md', /(?<=^## Unreleased\n)/m, `\n### Upgrade notes\n\n* ${NOTE}\n`)
  change(template, 'package.json', /(?<="version": ")[^"]*/, VERSION)
  change(template, 'LICENSE', /^/, 'Owned by the template\n')
  change(template, 'renovate.json', /(?<=^\{\n)/, '  "timezone": "UTC",\n')
  await commit(t, template)
  await run(t, template, 'git', 'tag', `v${VERSION}`)
}

/** Checks that an updated project has the version, and one migration for it on each engine, after its own last one. */
export function checkUpdate(t: Test, folder: string, last: string): void {
  t.match(JSON.parse(text(folder, 'template.json')), { version: VERSION, commit: /^[0-9a-f]{40}$/ })
  t.match(text(folder, 'src/app.ts'), /^\/\/ Corrected\.$/m)
  for (const engine of ENGINES) {
    const entries = entriesOf(folder, engine)
    t.strictSame(
      entries.map(({ idx }) => idx),
      entries.map((_, index) => index)
    )
    t.strictSame(
      entries.slice(-2).map(({ tag }) => tag.replace(/^\d+_/, '')),
      [last, `template-${VERSION.replaceAll('.', '-')}`]
    )
    const sql = text(folder, `drizzle/${engine}/${entries.at(-1)?.tag}.sql`)
    t.equal(sql.split('note').length - 1, 1, 'the column is added once, and nothing else')
  }
}

function entriesOf(folder: string, engine: string): Journal['entries'] {
  return (JSON.parse(text(folder, `drizzle/${engine}/meta/_journal.json`)) as Journal).entries
}

/** Inserts a text at the place of a file that matches, or replaces what matches. */
export function change(folder: string, path: string, place: RegExp, addition: string): void {
  const before = text(folder, path)
  const after = before.replace(place, () => addition)
  if (after === before) throw new Error(`${path} has no ${place}`)
  writeFileSync(join(folder, path), after)
}

export function text(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8')
}
