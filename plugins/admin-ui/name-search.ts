// How names are searched and sorted. An administrator types muller or mueller to find müller, and looks for élodie under e.
// It is done here rather than in SQL, because neither engine can do it, and their sort orders differ.

import { spellingsOf, withoutAccents } from '../../src/search/folding.ts'

/** A name without accents, by which it is sorted, and the spellings in which a search finds it. */
export interface FoldedName {
  plain: string
  spellings: string
}

/** How many names are kept folded. A list of 10,000 users is folded once, whatever is searched. */
const KEPT = 20_000
const folded = new Map<string, FoldedName>()

/** Returns how a name is searched and sorted. */
export function foldName(name: string): FoldedName {
  const known = folded.get(name)
  if (known) return known
  const spellings = spellingsOf(name)
  const result = { plain: spellings[0] ?? '', spellings: spellings.join('\n') }
  if (folded.size >= KEPT) folded.clear()
  folded.set(name, result)
  return result
}

/** Returns whether a name contains every word of a search, in any order. */
export function createNameSearch(search: string): (name: FoldedName) => boolean {
  const words = [...new Set(withoutAccents(search.normalize('NFKC')).split(/\s+/))].filter((word) => word !== '')
  return ({ spellings }) => words.every((word) => spellings.includes(word))
}

type Named = { username: string; folded: FoldedName }

/** Compares two names for sorting: without accents first. Names that differ only in accents keep a fixed order. */
export function compareNames(a: Named, b: Named): number {
  return compare(a.folded.plain, b.folded.plain) || compare(a.username, b.username)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
