// How text is searched: without accents and capital letters, in every usual spelling. Somebody types muller or mueller to find
// müller. It is done here rather than in SQL, because neither engine can do it.

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

/** Returns a text in small letters without accents. */
export function withoutAccents(text: string): string {
  return text
    .toLowerCase()
    .replace(LETTER, (letter) => LETTERS[letter] ?? APOSTROPHE)
    .normalize('NFKD')
    .replace(ACCENT, '')
}

/** Returns the spellings in which a search finds a text. The first one is the text without accents. */
export function spellingsOf(text: string): string[] {
  const plain = withoutAccents(text)
  // müller is also found as mueller, and a name that is written mueller also as muller. o'brien is also found as obrien.
  const written = withoutAccents(text.normalize('NFC').replace(UMLAUT, (letter) => UMLAUTS[letter] ?? letter))
  const short = plain.replace(/([aou])e/g, '$1').replaceAll(APOSTROPHE, '')
  return [...new Set([plain, written, short])]
}

const BETWEEN_WORDS = /[^\p{L}\p{M}\p{N}]+/u
/** Words are cut to this many characters. */
const LONGEST_WORD = 40
/** A record has at most this many words. */
const MOST_WORDS = 500

/** Returns the words under which a search finds texts, in all their spellings. */
export function wordsOf(texts: string[]): string[] {
  return [...new Set(texts.flatMap(spellingsOf).flatMap(split))].slice(0, MOST_WORDS)
}

/** Returns the beginnings of words that a search asks for. One that another of them begins with asks for nothing more. */
export function wantedWords(search: string): string[] {
  const words = [...new Set(split(withoutAccents(search.normalize('NFKC'))))]
  return words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)))
}

function split(text: string): string[] {
  return text
    .split(BETWEEN_WORDS)
    .filter(Boolean)
    .map((word) => [...word].slice(0, LONGEST_WORD).join(''))
}
