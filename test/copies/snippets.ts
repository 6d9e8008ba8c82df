// Follows a recipe of docs/: reads its snippets and applies them to a copy of the project.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Snippet {
  /** `ts`, `njk` and `sql`: the next piece of a file. `diff`: a change of a file. `sh`: commands. */
  kind: 'ts' | 'njk' | 'diff' | 'sql' | 'sh'
  /** The file. Commands have none of their own. */
  path: string
  text: string
}

/** Returns the snippets of a recipe in their order. The file of a snippet is the last path in bold above it. */
export function snippetsOf(page: string): Snippet[] {
  const snippets: Snippet[] = []
  let path = ''
  for (const [, file, kind, text = ''] of page.matchAll(/^\*\*`(.+?)`\*\*$|^```(\w+)\n(.*?)^```$/gms)) {
    if (file !== undefined) path = file
    else snippets.push({ kind: kind as Snippet['kind'], path, text })
  }
  return snippets
}

/** Applies a snippet to the project in a folder. The first piece of a file replaces it; later pieces are appended. */
export function follow(folder: string, { kind, path, text }: Snippet, begun: Set<string>): void {
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
