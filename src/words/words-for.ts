// The words for names of the code and of the database, such as states and actions.

/** Returns the words for a name, or else the name itself. A name can be what a client sent, such as `constructor`. */
export function wordsFor(name: string, words: Record<string, string>): string {
  return (Object.hasOwn(words, name) && words[name]) || name
}
