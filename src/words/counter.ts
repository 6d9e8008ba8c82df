// Numbers with the word that goes with them, as a language writes them.

/** Returns how a language writes a number: alone, or with its word in the singular or plural. */
export function createCounter(language: string) {
  const format = new Intl.NumberFormat(language)
  const rules = new Intl.PluralRules(language)
  return {
    number: (value: number) => format.format(value),
    count: (value: number, one: string, other: string) =>
      `${format.format(value)} ${rules.select(value) === 'one' ? one : other}`,
    /** The word alone. */
    word: (value: number, one: string, other: string) => (rules.select(value) === 'one' ? one : other)
  }
}
