// Values that are wrong, or just at a limit.

import fc from 'fast-check'
import type { Schema } from './values.ts'

/** Any character. fast-check's own unit `binary` is not used, because it first makes a map of all of them. */
export const character = fc
  .integer({ min: 1, max: 0x10_ffff - 0x800 })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800))

/** Returns the words of a text. */
export const words = (text: string) => text.trim().split(/\s+/)

/** JSON that hardly any field accepts, or that code easily mistakes for something else. */
const HOSTILE = words(String.raw`
  null true 0 -0 -1 1.5 1e400 1e-400 2147483648 9007199254740993 -1e15 1e20
  [] {} [1] [null] {"$ne":null} {"__proto__":{"x":1}} {"constructor":{"prototype":{}}}
  "" "\u0020" "5" "01" "1.5" "0x1" "\uff11" "NaN" "a\u0000b" "\ud800" "\udfffx" "\ufffe" "\u202e" "e\u0301" "😀"
  "'\u0020OR\u00201=1--" "%_\\" "../../x" "a/b?c#d" "__proto__" "*" "\"99\"" "W/\"1\"" "\"1\",\u0020\"2\""
  "0000-00-00" "2023-02-30" "2024-01-01T24:00:00" "2016-12-31T23:59:60Z" "+275760-09-13T00:00:00.001Z"
`).concat(`"${'x'.repeat(101)}"`, `"${'😀'.repeat(5_000)}"`)

/** Generates JSON that most fields must reject. */
export const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.json({ stringUnit: character }) },
  { weight: 1, arbitrary: fc.string({ unit: character }).map((text) => JSON.stringify(text)) }
)

/** Returns values at the limits of a schema, and just beyond them. */
export function limits({ minimum = 0, maximum = 2 ** 31 - 1, minLength = 0, maxLength = 100 }: Schema): unknown[] {
  const text = (length: number) => ['x', '😀', ' '].map((character) => character.repeat(Math.max(0, length)))
  return [
    ...[minimum - 1, minimum, minimum + 0.5, maximum, maximum + 1],
    ...[minLength - 1, minLength, maxLength, maxLength + 1].flatMap(text)
  ]
}
