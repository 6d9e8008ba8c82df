// Pieces of the files of a resource.

import type { Target } from './targets.ts'

/** An import of those of the names that the code uses, functions where it calls them; nothing when it uses none. */
export function importing(from: string, names: string, code: string): string {
  const used = names
    .split(' ')
    .filter((name) => new RegExp(`\\b${name}${/^[a-z]/.test(name) ? '\\(' : '\\b'}`).test(code))
  return used.length > 0 ? `import { ${used.join(', ')} } from '${from}'\n` : ''
}

/** As `importing`, for the tables of src/tables. */
export function importingTables(targets: Pick<Target, 'constant' | 'file'>[], folder: string): string {
  const files = Map.groupBy(targets, ({ file }) => file)
  return [...files]
    .map(
      ([file, tables]) =>
        `import { ${[...new Set(tables.map(({ constant }) => constant))].join(', ')} } from '${folder}${file}'\n`
    )
    .join('')
}

/** A text with a capital letter at its beginning. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
