// Finds files that no program imports, and exports that no code uses. A check of the text: it knows this project's style,
// not all of TypeScript.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const IMPORTED = /\b(?:from|import)[\s(]+'(\.[^']+\.ts)'/g
const IMPORT_CLAUSE = /^(?:import|export)\s([^'"]*?)\sfrom\s+'(\.[^']+\.ts)'/gm
const DYNAMIC_CLAUSE = /const\s+(\{[^}]*\})\s*=\s*await\s+import\('(\.[^']+\.ts)'\)/g
const COMMENT = /^\s*\/\*[\s\S]*?\*\/|(?:^|\s)\/\/.*$/gm
const EXPORTED = /^export (?:async )?(?:function|const|let|class|interface|type)\s+(\w+)/gm

interface Source {
  /** Without comments. */
  text: string
  /** The modules that it imports, as paths. */
  imports: string[]
  /** What it imports from each module by name. */
  names: Map<string, Set<string>>
}

/** Returns the files of these folders that cannot be reached from the entry files by imports; all paths from `root`. */
export function unreachableFiles(root: string, folders: string[], entries: string[]): string[] {
  const reached = new Set<string>()
  const waiting = [...entries]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path) || !existsSync(join(root, path))) continue // a generator has imports in its texts
    reached.add(path)
    waiting.push(...read(root, path).imports)
  }
  return filesOf(root, folders).filter((path) => !reached.has(path))
}

/** Returns the exports of `folders` that neither their own file uses nor another file of `folders` or `users` imports. */
export function unusedExports(root: string, folders: string[], users: string[]): string[] {
  const sources = new Map(filesOf(root, [...folders, ...users]).map((path) => [path, read(root, path)]))
  const unused: string[] = []
  for (const path of filesOf(root, folders)) {
    const { text } = sources.get(path) as Source
    const importers = [...sources.values()].map(({ names }) => names.get(path))
    for (const [, name = ''] of text.matchAll(EXPORTED)) {
      const isImported = importers.some((imported) => imported?.has(name))
      const occurrences = text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []
      if (!isImported && occurrences.length < 2) unused.push(`${path}: ${name}`)
    }
  }
  return unused
}

function filesOf(root: string, folders: string[]): string[] {
  return folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root })).sort()
}

function read(root: string, path: string): Source {
  const text = readFileSync(join(root, path), 'utf8').replace(COMMENT, '')
  const resolve = (specifier: string) => relative(root, join(root, dirname(path), specifier))
  const names = new Map<string, Set<string>>()
  for (const clause of [IMPORT_CLAUSE, DYNAMIC_CLAUSE]) {
    for (const [, imported = '', specifier = ''] of text.matchAll(clause)) {
      const module = resolve(specifier)
      names.set(module, new Set([...(names.get(module) ?? []), ...(imported.match(/\w+/g) ?? [])]))
    }
  }
  return { text, imports: [...text.matchAll(IMPORTED)].map(([, specifier = '']) => resolve(specifier)), names }
}
