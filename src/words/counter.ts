// Numbers with the word that goes with them, as a language writes them.

/** Returns how a language writes a number: alone, or with its word in the singular or plural. */
export function createCounter(language: string) {
  let format: Intl.NumberFormat | undefined
  let rules: Intl.PluralRules | undefined

  // Both are made when they are first used, because making them would slow the start.
  function number(value: number): string {
    format ??= new Intl.NumberFormat(language)
    return format.format(value)
  }

  /** Returns the word alone. */
  function word(value: number, one: string, other: string): string {
    rules ??= new Intl.PluralRules(language)
    return rules.select(value) === 'one' ? one : other
  }

  return {
    number,
    word,
    count: (value: number, one: string, other: string) => `${number(value)} ${word(value, one, other)}`
  }
}
