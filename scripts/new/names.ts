// The names of a resource in every form that its files need, and the words that cannot be names.

import { runInNewContext } from 'node:vm'

export const camel = (text: string) => text.replace(/[-_](.)/g, (_, letter: string) => letter.toUpperCase())
export const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
export const pascal = (text: string) => capitalized(camel(text))

/** Returns the forms of a name and its plural. */
export function namesOf(name: string, plural: string) {
  return {
    name, // lab-report: in addresses and names of files
    table: name.replaceAll('-', '_'), // lab_report: in SQL
    list: plural.replaceAll('-', '_'), // lab_reports: the key of a list
    constant: camel(name), // labReport
    plugin: camel(plural), // labReports
    type: capitalized(camel(name)), // LabReport
    title: capitalized(name.replaceAll('-', ' ')), // Lab report: in sentences
    titles: plural.replaceAll('-', ' ') // lab reports
  }
}

/** Returns the plural that most words of this form have. */
export function pluralOf(name: string): string {
  if (/[^aeiou]y$/.test(name)) return name.replace(/y$/, 'ies')
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`
}

/** Returns the word with this plural, or undefined if it does not look like one. */
export function singularOf(plural: string): string | undefined {
  if (/[^aeiou]ies$/.test(plural)) return plural.replace(/ies$/, 'y')
  if (/(ss|x|ch|sh)es$/.test(plural)) return plural.replace(/es$/, '')
  return /[^s]s$/.test(plural) ? plural.replace(/s$/, '') : undefined
}

const KEYWORDS = `arguments await break case catch class const continue debugger default delete do else enum eval export
  extends false finally for function if implements import in instanceof interface let new null package private protected
  public return static super switch this throw true try typeof var void while with yield`
const GLOBAL_NAMES = runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]
/** The words of JavaScript and its standard library. */
export const LANGUAGE = [
  ...KEYWORDS.split(/\s+/),
  ...GLOBAL_NAMES,
  ...Object.getOwnPropertyNames(Object.prototype),
  'then'
]
