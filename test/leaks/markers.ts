// The marker values that are planted in requests, and the tokens and cookies that the server makes.

import { randomBytes } from 'node:crypto'

/** What a marker stands for. `text` is what records say about somebody. */
const PLANTED = [
  'password',
  'text',
  'query',
  'idempotency key',
  'header',
  'user agent',
  'garbage token',
  'garbage cookie',
  'tried name',
  'form text'
] as const
type Planted = (typeof PLANTED)[number]
/** What the server makes, or is configured with. A test learns the values. */
const LEARNED = ['access token', 'refresh token', 'cookie', 'form token', 'secret'] as const
export type Learned = (typeof LEARNED)[number]

export const KINDS = [...PLANTED, ...LEARNED]
export type Kind = (typeof KINDS)[number]

export type Markers = ReturnType<typeof createMarkers>

/** The shortest value that cannot be in a text by chance. */
const SHORTEST = 16

/** Returns distinct markers for everything that is planted. */
export function createMarkers() {
  const kinds = new Map<string, Kind>()
  const values = Object.fromEntries(
    PLANTED.map((kind) => [kind, `zq${kind.replaceAll(' ', '')}${randomBytes(6).toString('hex')}`])
  ) as Record<Planted, string>
  for (const kind of PLANTED) kinds.set(values[kind], kind)
  let count = 0

  return {
    /** The value of each kind. */
    values,
    /** Returns a value that contains the marker, and that no other call returns. */
    unique: (kind: Planted) => `${values[kind]}-${++count}`,
    /** From now on these values must not leak either. */
    learn(kind: Learned, ...learned: (string | undefined)[]): void {
      for (const value of learned) if (value && value.length >= SHORTEST) kinds.set(value, kind)
    },
    /** Returns the kinds of the markers in a text, in whatever case. */
    find(text: string): Kind[] {
      const lower = text.toLowerCase()
      return [...new Set([...kinds].filter(([value]) => lower.includes(value.toLowerCase())).map(([, kind]) => kind))]
    },
    /** Returns each line of a text that has a marker, with the kinds. */
    findLines(text: string): string[] {
      if (this.find(text).length === 0) return []
      return text.split('\n').flatMap((line) => {
        const found = this.find(line)
        return found.length > 0 ? [`${found.join(', ')}: ${line.slice(0, 1000)}`] : []
      })
    }
  }
}
