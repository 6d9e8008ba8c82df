// Prepares a version of the template for a merge: as if it had always had the name of the project, without the parts that the
// project does not have, and without what is generated. What is left to merge is what the template has changed.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nameOf, renameProject } from '../renaming.ts'
import { gitIn, gitWithoutAuthor } from './git.ts'

/** What is generated from the merged code, and what belongs to the project alone. */
const GENERATED = ['drizzle', 'openapi.json', 'client/schema.ts', 'routes/policy.txt', 'docs/security.md']
const OWN = ['CHANGELOG.md', 'template.json']

/** What a project says about itself in package.json. */
const OWN_FIELDS = ['version', 'description', 'license', 'repository', 'bugs', 'author', 'homepage']

/** Returns a commit with the files of `commit`, as they would be in the project in `folder`. `parent` is its parent. */
export async function preparedCommit(
  folder: string,
  commit: string,
  subject: string,
  parent?: string
): Promise<string> {
  const git = gitIn(folder)
  const tree = mkdtempSync(join(tmpdir(), 'rest-server-template-'))
  try {
    git('worktree', 'add', '--quiet', '--detach', tree, commit)
    if (!existsSync(join(folder, 'scripts/remove-example.ts'))) await removeExample(tree)
    renameProject(tree, nameOf(folder))
    takeFields(folder, tree)
    for (const path of [...GENERATED, ...OWN, ...ownReadme(folder, tree)]) take(folder, tree, path)
    gitIn(tree)('add', '--all')
    const content = gitIn(tree)('write-tree').trim()
    const parents = parent === undefined ? [] : ['-p', parent]
    return gitWithoutAuthor(folder)('commit-tree', ...parents, '-m', subject, content).trim()
  } finally {
    git('worktree', 'remove', '--force', tree)
    rmSync(tree, { recursive: true, force: true })
  }
}

/** Sets the version of the project in a folder, in every place that names it. */
export function setVersion(folder: string, version: string): void {
  const places: [string, ...RegExp[]][] = [
    ['package.json', /(?<=^\{.*?"version": ")[^"]*/s],
    ['package-lock.json', /(?<=^\{[^{]*?"version": ")[^"]*/, /(?<="packages": \{\s*"": \{[^{]*?"version": ")[^"]*/],
    ['client/package.json', /(?<=^\{.*?"version": ")[^"]*/s],
    ['openapi.json', /(?<="info": \{[^{]*?"version": ")[^"]*/]
  ]
  for (const [path, ...patterns] of places) {
    const file = join(folder, path)
    if (!existsSync(file)) continue
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      patterns.reduce((changed, pattern) => changed.replace(pattern, version), text)
    )
  }
}

/** Removes the example as the version of the template in a folder does. Old versions have no file that says how. */
async function removeExample(tree: string): Promise<void> {
  const file = join(tree, 'scripts/example-parts.ts')
  if (existsSync(file)) (await import(pathToFileURL(file).href)).removeParts(tree)
}

/** A README with another title is the project's own. */
function ownReadme(folder: string, tree: string): string[] {
  const title = (root: string) =>
    existsSync(join(root, 'README.md')) ? readFileSync(join(root, 'README.md'), 'utf8').split('\n', 1)[0] : undefined
  return title(folder) === title(tree) ? [] : ['README.md']
}

function takeFields(folder: string, tree: string): void {
  const read = (root: string) => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>
  const [own, other] = [read(folder), read(tree)]
  setVersion(tree, String(own.version))
  for (const field of OWN_FIELDS) {
    if (field in own) other[field] = own[field]
    else delete other[field]
  }
  writeFileSync(join(tree, 'package.json'), `${JSON.stringify(other, null, 2)}\n`)
}

/** Replaces a file or folder of a tree by that of the project. */
function take(folder: string, tree: string, path: string): void {
  rmSync(join(tree, path), { recursive: true, force: true })
  if (!existsSync(join(folder, path))) return
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  cpSync(join(folder, path), join(tree, path), { recursive: true })
}
