// The snippets of a page of docs/, in the order in which a reader meets them.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Snippet {
  /** `ts`: the next piece of a file; `diff`: a change of one; `sh`: commands. */
  kind: 'ts' | 'diff' | 'sql' | 'sh'
  /** The file, for all but commands. */
  path: string
  text: string
}

/** The snippets of a page; the file that one is about stands in bold above it, or above the last before it. */
export function snippetsOf(page: string): Snippet[] {
  const snippets: Snippet[] = []
  let path = ''
  for (const [, file, kind, text = ''] of page.matchAll(/^\*\*`(.+?)`\*\*$|^```(\w+)\n(.*?)^```$/gms)) {
    if (file !== undefined) path = file
    else snippets.push({ kind: kind as Snippet['kind'], path, text })
  }
  return snippets
}

/** Does what a snippet says to the project in a folder; a first `ts` of a file begins it, the next go on. */
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

// Lines with a space before them are where it happens, those with + come, those with - go.
function changeFile(file: string, diff: string): void {
  const lines = diff.split('\n').filter((line) => line !== '')
  const of = (marks: string) =>
    lines
      .filter((line) => marks.includes(line[0] ?? ''))
      .map((line) => `${line.slice(1)}\n`)
      .join('')
  const text = readFileSync(file, 'utf8')
  const parts = text.split(of(' -'))
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like:\n${of(' -')}`)
  writeFileSync(file, parts.join(of(' +')))
}
