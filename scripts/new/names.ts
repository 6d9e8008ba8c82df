// The names of a resource in every form that its files need, and the words that cannot be names.

import { runInNewContext } from 'node:vm'
import { capitalized } from './words.ts'

/** The forms of a name and its plural: in SQL, in code, and in sentences. */
export function namesOf(name: string, plural: string) {
  const camel = (text: string) => text.replace(/-(.)/g, (_match, letter: string) => letter.toUpperCase())
  const constant = camel(name)
  return {
    table: name.replaceAll('-', '_'),
    list: plural.replaceAll('-', '_'),
    constant,
    plugin: camel(plural),
    type: capitalized(constant),
    words: name.replaceAll('-', ' '),
    manyWords: plural.replaceAll('-', ' ')
  }
}

/** The plural that most words have. */
export function pluralOf(name: string): string {
  if (/[^aeiou]y$/.test(name)) return name.replace(/y$/, 'ies')
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`
}

/** A word of the language, or of its own library, which lint does not want redefined. */
export function isReservedWord(word: string): boolean {
  if (BUILT_IN.has(word)) return true
  try {
    new Function(`'use strict'; const ${word} = 1`)
    return false
  } catch {
    return true
  }
}
const BUILT_IN = new Set<string>([
  ...(runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]),
  ...Object.getOwnPropertyNames(Object.prototype),
  'then'
])
