// A Bloom filter: a set of texts that takes ten bits for each, and says of one text in a hundred that it is there when it is not.
// Never the other way round. https://en.wikipedia.org/wiki/Bloom_filter

const BITS_PER_TEXT = 10
/** How many bits are set for a text: the best number for ten bits. */
const BITS_SET = 7

/** Returns the filter of a set (base64). */
export function createFilter(texts: ReadonlySet<string>): string {
  const bytes = Buffer.alloc(Math.ceil((Math.max(texts.size, 1) * BITS_PER_TEXT) / 8))
  for (const text of texts) {
    const { first, step } = hashOf(text)
    for (let index = 0; index < BITS_SET; index++) {
      const bit = (first + index * step) % (bytes.length * 8)
      bytes[bit >> 3] = (bytes[bit >> 3] as number) | (1 << (bit & 7))
    }
  }
  return bytes.toString('base64')
}

/** Returns a function that returns whether a filter may contain a text. */
export function createLookup(filter: string): (text: string) => boolean {
  const bytes = Buffer.from(filter, 'base64')
  return (text) => {
    const { first, step } = hashOf(text)
    for (let index = 0; index < BITS_SET; index++) {
      const bit = (first + index * step) % (bytes.length * 8)
      if (((bytes[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
    }
    return bytes.length > 0
  }
}

// FNV-1a with two bases; the bits are first + index * step (Kirsch and Mitzenmacher). Nothing secret depends on it.
function hashOf(text: string): { first: number; step: number } {
  let first = 0x811c9dc5
  let step = 0x01000193
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    first = Math.imul(first ^ code, 0x01000193)
    step = Math.imul(step ^ code, 0x5bd1e995)
  }
  first ^= first >>> 15
  step ^= step >>> 13
  return { first: first >>> 0, step: (step | 1) >>> 0 }
}
