// How names are searched and sorted. An administrator types muller or mueller to find müller, and looks for élodie under e.
// It is done here rather than in SQL, because neither engine can do it, and their sort orders differ.

/** A name without accents, by which it is sorted, and the spellings in which a search finds it. */
export interface FoldedName {
  plain: string
  spellings: string
}

/** How many names are kept folded. A list of 10,000 users is folded once, whatever is searched. */
const KEPT = 20_000
const folded = new Map<string, FoldedName>()

const UMLAUT = /[äöüø]/g
const UMLAUTS: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe' }
/** Letters that Unicode does not decompose. */
const LETTER = /[ßæœøđðłþı‘’ʼ`´]/g
const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i'
}
const APOSTROPHE = "'"
const ACCENT = /[\u0300-\u036f]/g

/** Returns how a name is searched and sorted. */
export function foldName(name: string): FoldedName {
  const known = folded.get(name)
  if (known) return known
  const plain = withoutAccents(name)
  // müller is also found as mueller, and a name that is written mueller also as muller. o'brien is also found as obrien.
  const written = withoutAccents(name.normalize('NFC').replace(UMLAUT, (letter) => UMLAUTS[letter] ?? letter))
  const short = plain.replace(/([aou])e/g, '$1').replaceAll(APOSTROPHE, '')
  const result = { plain, spellings: [...new Set([plain, written, short])].join('\n') }
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

function withoutAccents(text: string): string {
  return text
    .toLowerCase()
    .replace(LETTER, (letter) => LETTERS[letter] ?? APOSTROPHE)
    .normalize('NFKD')
    .replace(ACCENT, '')
}
