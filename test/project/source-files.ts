// The source files of the project, and what they import.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

export interface SourceFile {
  /** Relative to the project, such as `plugins/auth/tokens.ts`. */
  path: string
  text: string
}

export interface Import {
  /** The file that imports. */
  from: string
  /** The imported file, relative to the project. */
  to: string
  /** Only types are imported. Such an import is erased before the code runs. */
  isTypeOnly: boolean
}

/** Returns the TypeScript files of these folders, with their texts. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    (readdirSync(join(ROOT, folder), { recursive: true }) as string[])
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => ({ path: join(folder, file), text: readFileSync(join(ROOT, folder, file), 'utf8') }))
  )
}

const STATEMENT = /^(?:import|export)\s+(?:(type)\s+(?!from\b))?(?:([\w$\s*,{}]*?)\s*from\s*)?'(\.[^']+)'/gm
const DYNAMIC = /\b(?:import|require)\(\s*['"`](\.[^'"`]+)/g

/** Returns the imports and re-exports of other files of the project. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const resolve = (specifier = '') => normalize(join(dirname(path), specifier))
  const statements = [...text.matchAll(STATEMENT)].map(([, type, names = '', specifier]) => ({
    from: path,
    to: resolve(specifier),
    isTypeOnly: type !== undefined || /^\{(\s*type\s[^,}]+,?)+\s*\}$/.test(names)
  }))
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, specifier]) => ({
    from: path,
    to: resolve(specifier),
    isTypeOnly: false
  }))
  return [...statements, ...dynamic]
}
