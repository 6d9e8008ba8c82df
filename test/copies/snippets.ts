// Follows a recipe of docs/: reads its snippets and applies them to a copy of the project.

import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { run } from './copy.ts'

export interface Snippet {
  /** `ts` and `njk`: the next piece of a file. `diff`: a change of a file. `sql`: the top of two files. `sh`: commands. */
  kind: 'ts' | 'njk' | 'diff' | 'sql' | 'sh'
  /** The file. Commands have none of their own. */
  path: string
  text: string
}

/**
 * Returns the snippets of a recipe, or of what follows a heading of it, in their order. The file of a snippet is the last path in
 * bold above it.
 */
export function snippetsOf(folder: string, page: string, heading = ''): Snippet[] {
  const snippets: Snippet[] = []
  const whole = readFileSync(join(folder, page), 'utf8')
  const start = whole.indexOf(heading)
  if (start < 0) throw new Error(`${page} has no ${heading}`)
  let path = ''
  for (const [, file, kind, text = ''] of whole.slice(start).matchAll(/^\*\*`(.+?)`\*\*$|^```(\w+)\n(.*?)^```$/gms)) {
    if (file !== undefined) path = file
    else snippets.push({ kind: kind as Snippet['kind'], path, text })
  }
  return snippets
}

/** Applies a snippet to the project in a folder. The first piece of a file replaces it; later pieces are appended. */
function follow(folder: string, { kind, path, text }: Snippet, begun: Set<string>): void {
  const file = join(folder, path)
  if (kind === 'diff') {
    changeFile(file, text)
    return
  }
  const before = begun.has(path) && existsSync(file) ? readFileSync(file, 'utf8') : ''
  begun.add(path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, before === '' || before.endsWith('\n\n') ? before + text : `${before}\n${text}`)
}

// Replaces the lines marked with a space or `-` by those marked with a space or `+`. They must occur exactly once.
function changeFile(file: string, diff: string): void {
  const lines = diff.split('\n').filter((line) => line !== '')
  const of = (marks: string) =>
    lines
      .filter((line) => marks.includes(line[0] ?? ''))
      .map((line) => `${line.slice(1)}\n`)
      .join('')
  const text = readFileSync(file, 'utf8')
  const parts = text.split(of(' -'))
  if (parts.length !== 2)
    throw new Error(`${file} contains these lines ${parts.length - 1} times instead of once:\n${of(' -')}`)
  writeFileSync(file, parts.join(of(' +')))
}

/** Follows a page, snippet by snippet. */
export async function followPage(t: Test, folder: string, page: string): Promise<void> {
  await followSnippets(t, folder, snippetsOf(folder, page))
}

export async function followSnippets(t: Test, folder: string, snippets: Snippet[]): Promise<void> {
  const begun = new Set<string>()
  for (const snippet of snippets) {
    if (snippet.kind === 'sh') await run(t, folder, 'bash', '-euc', snippet.text)
    else if (snippet.kind === 'sql') putFirst(t, folder, snippet.path, snippet.text)
    else follow(folder, snippet, begun)
  }
}

/** Puts statements at the top of the migration of each engine. */
function putFirst(t: Test, folder: string, pattern: string, statements: string): void {
  const files = globSync(pattern, { cwd: folder })
  t.equal(files.length, 2, pattern)
  for (const file of files) writeFileSync(join(folder, file), statements + readFileSync(join(folder, file), 'utf8'))
}
